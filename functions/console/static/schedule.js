// The schedule in words, and when it fires next.

import { dateTime, VIEWER_ZONE } from "./format.js";

export const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
export const LAST_PLAIN_DAY = 28; // the last one that every month has

const DAY_MS = 86_400_000;

export const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);

/** { frequency, time, time_zone, weekday, day_of_month } -> "every Monday at 09:30 Asia/Kolkata" */
export function sentence(schedule) {
  const when = {
    daily: () => "every day",
    weekly: () => `every ${capital(schedule.weekday)}`,
    monthly: () =>
      schedule.day_of_month === "last"
        ? "on the last day of every month"
        : `on day ${schedule.day_of_month} of every month`,
  }[schedule.frequency]();
  return `${when} at ${schedule.time} ${schedule.time_zone}`;
}

/** The sentence, with the next firing in the viewer's zone. */
export function sentenceWithNext(schedule, next = nextAfter(schedule, Date.now())) {
  const zone = schedule.time_zone === VIEWER_ZONE ? "" : " your time";
  return `${capital(sentence(schedule))}, next on ${dateTime(next)}${zone}.`;
}

/**
 * The first firing strictly after `now` (epoch milliseconds). A wall-clock time that a spring change skips fires an
 * hour later on the clock, one that an autumn change repeats fires the first time.
 */
export function nextAfter(schedule, now) {
  const [hours, minutes] = schedule.time.split(":").map(Number);
  const local = new Date(now + offsetAt(now, schedule.time_zone));
  const midnight = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate());
  for (let day = midnight - DAY_MS; ; day += DAY_MS) {
    if (!fallsOn(schedule, new Date(day))) continue;
    const firing = instant(day + (hours * 60 + minutes) * 60_000, schedule.time_zone);
    if (firing > now) return firing;
  }
}

function fallsOn(schedule, day) {
  if (schedule.frequency === "daily") return true;
  if (schedule.frequency === "weekly") return WEEKDAYS[(day.getUTCDay() + 6) % 7] === schedule.weekday;
  if (schedule.day_of_month === "last") return new Date(day.getTime() + DAY_MS).getUTCDate() === 1;
  return day.getUTCDate() === Number(schedule.day_of_month);
}

/** The instant at which a clock in `zone` shows `wall` (epoch milliseconds as if it were UTC). */
function instant(wall, zone) {
  const before = offsetAt(wall - DAY_MS, zone);
  const after = offsetAt(wall + DAY_MS, zone);
  if (offsetAt(wall - before, zone) !== before && offsetAt(wall - after, zone) === after) return wall - after;
  return wall - before;
}

function offsetAt(at, zone) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return (
    Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) -
    Math.floor(at / 1000) * 1000
  );
}
