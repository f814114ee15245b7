"""What Campaigns accepted, by whom it was posted and for whom: no post twice, no contact counted twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from shared.domain.contact import normalize_email
from shared.domain.customer import Customer
from shared.domain.run import Run, RunStatus
from tests.properties.plain_model import UNMAILABLE

# Every customer carries a number of its own into Campaigns, so that a post tells whose it is.
NUMBER, NUMBER_TARGET = "company_name", "Company Name"
RESENT_AT_MOST = 25

Said = tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]


class Journal:
    """Customers are known by their number, runs by their id.

    A post that says what Campaigns holds already is wasted unless something excuses it: a crash the 25 posts
    before it, a lost answer its own post, an edit of the settings everybody, a change of address whoever
    changed. Who shares an address with somebody is not judged: the two may take turns.
    """

    def __init__(self) -> None:
        self.crashed: set[str] = set()
        self.repeats = 0
        self._accepted: dict[str, set[str]] = defaultdict(set)
        self._unsettled: dict[str, set[str]] = defaultdict(set)
        self._last: dict[str, Said] = {}
        self._excused: Counter[str] = Counter()
        self._holders: dict[str, set[str]] = defaultdict(set)
        self._sharing: set[str] = set()
        self._slice: list[str] = []
        self._edited_in_slice = False

    # ---- what happens ---------------------------------------------------------------------------------

    def begin_slice(self) -> None:
        self._slice, self._edited_in_slice = [], False

    def accept(self, run_id: str, list_key: str, topics: Sequence[str], info: Mapping[str, str]) -> None:
        """Note a post of the run at work that Campaigns accepted."""
        who = info[NUMBER_TARGET]
        said = (list_key, tuple(topics), tuple(sorted(info.items())))
        if self._last.get(who) == said and who not in self._sharing:
            assert self._excused[who] > 0, f"{who} was posted again for nothing: {said}"
            self._excused[who] -= 1
            self.repeats += 1
        self._last[who] = said
        self._accepted[run_id].add(who)
        self._slice.append(who)
        if self._edited_in_slice:
            self._excused[who] += 1

    def lose_answer(self, run_id: str, info: Mapping[str, str]) -> None:
        """The run at work does not learn that its post was accepted."""
        self._excused[info[NUMBER_TARGET]] += 1
        self._unsettled[run_id].add(info[NUMBER_TARGET])

    def crash(self, run_id: str) -> None:
        """The run at work may know nothing of its last posts."""
        self.crashed.add(run_id)
        self._excused.update(self._slice[-RESENT_AT_MOST:])
        self._unsettled[run_id].update(self._slice[-RESENT_AT_MOST:])

    def hold(self, customer: Customer) -> None:
        """Note that a customer has this address from now on."""
        address = normalize_email(customer.email)
        holders = self._holders[address]
        holders.add(customer.fields[NUMBER])
        if len(holders) > 1 and address not in UNMAILABLE:
            self._sharing |= holders

    def change(self, customer: Customer, *, address: bool = False) -> None:
        """Note a change of what Zoho says of a customer: a crashed run may count it differently."""
        who = customer.fields[NUMBER]
        if address:
            self._excused[who] += 1
        for run_id in self.crashed:
            if who in self._accepted[run_id]:
                self._unsettled[run_id].add(who)

    def edit_settings(self) -> None:
        self._edited_in_slice = True
        self._excused.update(list(self._last))

    def begin_anew(self) -> None:
        """Another sync, which knows nothing of what the one before has posted."""
        self._last, self._excused = {}, Counter()

    # ---- what must hold -------------------------------------------------------------------------------

    def check(self, run: Run) -> None:
        """An ended run has counted everybody it posted, once."""
        counted = run.counters.added + run.counters.updated
        accepted = self._accepted[run.id]
        assert counted <= len(accepted), f"{run.id} counted {counted}, Campaigns accepted {len(accepted)}"
        if run.id in self.crashed and run.status is not RunStatus.COMPLETED:
            return  # what was posted just before the crash is in the ledger only
        least = len(accepted - self._unsettled[run.id] - self._sharing)
        assert counted >= least, f"{run.id} counted {counted}, Campaigns accepted {least} that did not change"
