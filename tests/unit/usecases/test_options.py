"""What is on offer for a sync, and the GDPR switch."""

from __future__ import annotations

import pytest

from shared.domain.connection import ConnectionStatus
from shared.domain.errors import ReconnectNeeded
from shared.domain.mapping import FieldPair
from shared.domain.schedule import time_zones
from shared.domain.settings import Topic, TopicChoice
from tests.application import TENANT, FakeApplication
from tests.unit.usecases.wishes import code_of, wish


@pytest.fixture
def app() -> FakeApplication:
    app = FakeApplication()
    app.connected()
    return app


def test_topics_are_offered_when_there_are_two(app: FakeApplication) -> None:
    assert [topic.id for topic in app.options.show(TENANT).offer.topics.topics] == ["t1", "t2"]


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        (TopicChoice((Topic("t1", "News"),)), "only one topic"),
        (TopicChoice(), "no topics"),
        (TopicChoice(reason="Topic management is not enabled."), "Topic management is not enabled."),
    ],
)
def test_topics_are_left_out_with_a_reason(app: FakeApplication, choice: TopicChoice, reason: str) -> None:
    app.user.topics = choice
    topics = app.options.show(TENANT).offer.topics
    assert topics.topics == ()
    assert reason in topics.reason


def test_lawful_bases_are_offered_when_gdpr_is_on(app: FakeApplication) -> None:
    assert app.options.show(TENANT).lawful_bases is None
    app.options.set_gdpr(TENANT, enabled=True)
    bases = app.options.show(TENANT).lawful_bases
    assert bases is not None
    assert len(bases) == 6
    app.options.set_gdpr(TENANT, enabled=False)
    assert app.options.show(TENANT).lawful_bases is None


def test_fields_the_sync_fills_itself_are_not_on_offer(app: FakeApplication) -> None:
    names = {field.name for field in app.options.show(TENANT).offer.campaigns_fields}
    assert "Subscription Type" not in names
    assert "Contact Email" in names


def test_the_suggested_mapping_begins_with_the_mandatory_pair(app: FakeApplication) -> None:
    assert app.options.show(TENANT).suggested_mapping[0] == FieldPair("email", "Contact Email")


@pytest.mark.parametrize("call", ["show", "connected"])
def test_options_need_a_connected_organization(call: str) -> None:
    app = FakeApplication()
    assert code_of(lambda: getattr(app.options, call)(TENANT)) == "not_connected"
    app.authorize()
    assert code_of(lambda: getattr(app.options, call)(TENANT)) == "not_connected"


def test_a_lost_consent_is_noted_on_the_connection(app: FakeApplication) -> None:
    app.user.refusal = ReconnectNeeded("The consent is gone.")
    assert code_of(lambda: app.options.show(TENANT)) == "needs_reconnect"
    assert app.connect.show(TENANT).status is ConnectionStatus.NEEDS_RECONNECT
    assert code_of(lambda: app.configure.create(TENANT, wish())) == "needs_reconnect"


def test_gdpr_without_a_connection_is_refused() -> None:
    assert code_of(lambda: FakeApplication().options.set_gdpr(TENANT, enabled=True)) == "not_connected"


def test_the_time_zones_on_offer_are_those_that_schedules_take(app: FakeApplication) -> None:
    assert set(app.options.show(TENANT).time_zones) == time_zones()
