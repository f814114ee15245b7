"""Anything a user, Zoho and AWS may do, in any order: the counts stay right, the end is as it should be."""

from __future__ import annotations

import os
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.domain.errors import ContactLimit, RateLimited, RetryLater
from shared.domain.mapping import FieldPair
from shared.domain.run import Mode
from tests.properties.engine_world import EngineWorld
from tests.unit.run_sync.system import SETTINGS

EMAILS = st.sampled_from(
    [
        "a@example.com",
        "A@Example.com",
        "b@example.com",
        "c@example.com",
        "d@example.com",
        "a+news@example.com",
        "ünal@example.com",
        "refused@example.com",
        "info@example.com",
        "nowhere",
        "",
    ]
)
NAMES = st.sampled_from(["", "Ana", "Bo"])
PEOPLE = st.integers(min_value=0, max_value=30)
MODES = st.sampled_from(list(Mode))
MAPPINGS = (SETTINGS.mapping, (*SETTINGS.mapping, FieldPair("last_name", "Last Name")))
FAULTS = (
    ("campaigns.listsubscribe", RetryLater("503")),
    ("campaigns.listsubscribe", RetryLater("code", upstream_code="2001", upstream_message="Error")),
    ("campaigns.listsubscribe", RateLimited("locked", wait_seconds=1800)),
    ("campaigns.listsubscribe", ContactLimit("full", upstream_code="914")),
    ("campaigns.members", RetryLater("502")),
    ("books", RetryLater("502")),
    ("books", RateLimited("minute", wait_seconds=30)),
)
ACTIONS = ("pause", "resume", "pause+resume", "cancel", "disable", "edit", "connect", "revoke", "slow")


class EngineMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.engine = EngineWorld()

    def teardown(self) -> None:
        try:
            self.engine.check_quiescent()
        finally:
            self.engine.close()

    def _someone(self, number: int) -> str | None:
        people = list(self.engine.world.customers)
        return people[number % len(people)] if people else None

    # ---- Books ----------------------------------------------------------------------------------------

    @initialize(emails=st.lists(EMAILS, max_size=7), many=st.sampled_from([0, 9]), mode=MODES)
    def begin(self, emails: list[str], many: int, mode: Mode) -> None:
        for number in range(many):
            self.engine.world.add(f"c{number}@example.com", first_name="Many")
        for email in emails:
            self.engine.world.add(email, first_name="First")
        self.engine.start(mode)

    @rule(email=EMAILS, name=NAMES, active=st.booleans())
    def add_customer(self, email: str, name: str, *, active: bool) -> None:
        self.engine.world.add(email, active=active, first_name=name)

    @rule(number=PEOPLE, name=NAMES, mobile=st.sampled_from(["", "1", "2"]))
    def edit_customer(self, number: int, name: str, mobile: str) -> None:
        if (who := self._someone(number)) is not None:
            self.engine.world.edit(who, first_name=name, mobile=mobile)

    @rule(number=PEOPLE, email=EMAILS)
    def change_address(self, number: int, email: str) -> None:
        if (who := self._someone(number)) is not None:
            self.engine.world.edit(who, email=email)

    @rule(number=PEOPLE)
    def share_an_address(self, number: int) -> None:
        if (who := self._someone(number)) is not None:
            self.engine.world.add(self.engine.world.customers[who].email.upper(), first_name="Twin")

    @rule(number=PEOPLE, active=st.booleans())
    def mark(self, number: int, *, active: bool) -> None:
        if (who := self._someone(number)) is not None:
            self.engine.world.edit(who, active=active)

    @rule(number=PEOPLE)
    def delete_customer(self, number: int) -> None:
        if (who := self._someone(number)) is not None:
            self.engine.world.delete(who)

    # ---- Campaigns ------------------------------------------------------------------------------------

    @rule(number=PEOPLE, status=st.sampled_from(["unsub", "bounce"]))
    def opt_out(self, number: int, status: str) -> None:
        members = [name for name, each in self.engine.world.members.items() if each.status == "active"]
        if members:
            self.engine.opt_out(members[number % len(members)], status)

    @rule(fault=st.sampled_from(FAULTS), calls=st.integers(1, 12))
    def trouble(self, fault: tuple[str, Exception], calls: int) -> None:
        self.engine.trouble.append((fault[0], calls, fault[1]))

    @rule()
    def revoke(self) -> None:
        self.engine.revoked = True

    # ---- the user -------------------------------------------------------------------------------------

    @rule(mode=MODES)
    def start(self, mode: Mode) -> None:
        self.engine.start(mode)

    @rule(action=st.sampled_from(["pause", "resume", "cancel", "connect", "edit"]))
    def user(self, action: str) -> None:
        self._action(action)()

    @rule(empty=st.booleans(), mapping=st.sampled_from(MAPPINGS))
    def edit(self, *, empty: bool, mapping: tuple[FieldPair, ...]) -> None:
        self.engine.edit(update_empty_fields=empty, mapping=mapping)

    @rule(again=st.booleans())
    def disable(self, *, again: bool) -> None:
        self.engine.disable()
        if again:
            self.engine.connect_again()

    def _action(self, name: str) -> Callable[[], None]:
        engine = self.engine

        def both() -> None:
            engine.pause()
            engine.resume()

        def revoke() -> None:
            engine.revoked = True

        actions: dict[str, Callable[[], None]] = {
            "pause": engine.pause,
            "resume": engine.resume,
            "pause+resume": both,
            "cancel": engine.cancel,
            "disable": engine.disable,
            "edit": lambda: engine.edit(topic_ids=("t1",)),
            "connect": engine.connect_again,
            "revoke": revoke,
            "slow": lambda: engine.system.clock.sleep(95),
        }
        return actions[name]

    # ---- AWS ------------------------------------------------------------------------------------------

    @rule(times=st.integers(1, 2))
    def fire(self, times: int) -> None:
        self.engine.fire(times)

    @rule(count=st.integers(1, 6), mode=MODES)
    def deliver(self, count: int, mode: Mode) -> None:
        self.engine.make_busy(mode)
        for _ in range(count):
            self.engine.deliver()

    @rule(effect=st.integers(1, 25), before=st.booleans(), mode=MODES)
    def crash(self, *, effect: int, before: bool, mode: Mode) -> None:
        self.engine.make_busy(mode)
        self.engine.deliver(crash_at=effect, before=before)

    @rule(call=st.integers(1, 15), action=st.sampled_from(ACTIONS), mode=MODES)
    def interrupt(self, call: int, action: str, mode: Mode) -> None:
        self.engine.make_busy(mode)
        self.engine.deliver(mid_slice=(call, self._action(action)))

    @rule(call=st.integers(1, 15), number=PEOPLE, what=st.sampled_from(["edit", "delete", "opt_out", "add"]))
    def change_while_reading(self, call: int, number: int, what: str) -> None:
        changes: dict[str, Callable[[], None]] = {
            "edit": lambda: self.edit_customer(number, "Changed", ""),
            "delete": lambda: self.delete_customer(number),
            "opt_out": lambda: self.opt_out(number, "unsub"),
            "add": lambda: self.add_customer("new@example.com", "New", active=True),
        }
        self.engine.make_busy(Mode.INCREMENTAL)
        self.engine.deliver(mid_slice=(call, changes[what]))

    @rule(number=PEOPLE)
    def deliver_again(self, number: int) -> None:
        if self.engine.old_messages:
            old = self.engine.old_messages
            self.engine.deliver(message=old[number % len(old)])

    @precondition(lambda self: self.engine.system.queue.sent)
    @rule(number=PEOPLE, fate=st.sampled_from(["drop", "duplicate", "delay"]))
    def message(self, number: int, fate: str) -> None:
        sent = self.engine.system.queue.sent
        chosen = sent[number % len(sent)]
        # Disabling depends on its message: a queue keeps what it took, only wake-ups are made up for.
        if fate == "duplicate":
            sent.append(chosen)
        elif chosen.message.kind == "slice":
            sent.remove(chosen)
            if fate == "delay":
                self.engine.system.queue.send(chosen.message, delay_seconds=600)

    @rule()
    def sweep(self) -> None:
        self.engine.system.sweeper.sweep()

    @rule(seconds=st.sampled_from([1, 30, 61, 250, 601, 3600, 86_400, 8 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.engine.system.clock.sleep(seconds)

    @invariant()
    def books_are_right(self) -> None:
        self.engine.check()


EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "60"))

TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30,
    deadline=None,
    derandomize="MACHINE_EXAMPLES" not in os.environ,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
