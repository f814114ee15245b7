// Numbers, times and words as a person reads them: in the viewer's locale and zone.

const whole = new Intl.NumberFormat();
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

export const VIEWER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const number = (value) => whole.format(value);
export const dateTime = (at) => moment.format(new Date(at));
export const timeOfDay = (at) => clock.format(new Date(at));

export function dateTimeIn(at, zone) {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short", timeZone: zone }).format(
    new Date(at),
  );
}

export const counted = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

/** 4 -> "4 seconds", 95 -> "2 minutes": as precise as an estimate deserves. */
export function duration(seconds) {
  if (seconds < 60) return counted(Math.max(1, Math.round(seconds)), "second", "seconds");
  if (seconds < 5400) return counted(Math.round(seconds / 60), "minute", "minutes");
  return counted(Math.round(seconds / 360) / 10, "hour", "hours");
}

export const SYNC_STATUS = { active: "Active", paused: "Paused", needs_attention: "Needs attention" };

export const RUN_STATUS = {
  queued: "Queued",
  running: "Running",
  waiting: "Waiting",
  paused: "Paused",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
};

export const TRIGGER = { first: "On initiation", schedule: "By schedule", manual: "Sync now" };

export const MODE = { full: "All customers", incremental: "Changes only" };

/** What colour a status is told in; the word itself says the same. */
export const TONE = {
  active: "good",
  completed: "good",
  paused: "quiet",
  cancelled: "quiet",
  queued: "info",
  running: "info",
  waiting: "warn",
  needs_attention: "bad",
  failed: "bad",
};

export const PHASE = {
  prepare: "Preparing fields and list",
  members: "Reading who is in the list already",
  changed: "Syncing customers that changed",
  active: "Syncing active customers",
  inactive: "Syncing inactive customers",
  absent: "Looking for customers that are gone",
  finish: "Finishing",
};

export const KIND = {
  string: "text",
  email: "email",
  phone: "phone",
  url: "web address",
  amount: "amount",
  datetime: "date and time",
  date: "date",
  dropdown: "choice",
  check_box: "yes or no",
};

/** Reason code -> what it is called, and what a person can do about it. */
export const REASON = {
  empty_email: ["No email address", "Add an email address to the customer in Zoho Books."],
  invalid_email: ["Email address not valid", "Correct the address in Zoho Books."],
  role_address: [
    "Role address",
    "Zoho Campaigns does not mail info@, support@ and the like. Use a person’s address.",
  ],
  duplicate_email: [
    "Address used twice",
    "Another customer with the same address was synced. Give one of them its own.",
  ],
  unsubscribed: ["Unsubscribed", "They opted out and stay out. Only they can sign up again."],
  bounced: ["Bounced", "Mail to the address came back. Ask the customer for one that works."],
  do_not_mail: ["In the Do-Not-Mail registry", "Zoho Campaigns never mails this address."],
  field_invalid: [
    "A value does not fit its field",
    "The export names the field. Correct it in Zoho Books or map another field.",
  ],
  contact_limit: ["Plan is full", "Upgrade your Zoho Campaigns plan, then resume the sync."],
  refused_by_campaigns: [
    "Refused by Zoho Campaigns",
    "The export holds Zoho’s own message for each contact.",
  ],
};
