from typing import Any

import pytest

from infra.local.queue_poller import _BatchFailed, _failed_ids


@pytest.mark.parametrize("result", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, "text"])
def test_no_report_means_the_whole_batch_is_done(result: Any) -> None:
    assert _failed_ids(result, ["1", "2"]) == set()


def test_a_report_names_what_comes_back() -> None:
    assert _failed_ids({"batchItemFailures": [{"itemIdentifier": "2"}]}, ["1", "2"]) == {"2"}


@pytest.mark.parametrize(
    "failure", [{}, {"itemIdentifier": ""}, {"itemIdentifier": None}, {"itemIdentifier": "3"}, "2"]
)
def test_a_report_lambda_would_not_believe_fails_the_whole_batch(failure: Any) -> None:
    with pytest.raises(_BatchFailed):
        _failed_ids({"batchItemFailures": [failure]}, ["1", "2"])
