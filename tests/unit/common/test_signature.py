"""Signatures are those of the Standard Webhooks specification."""

import base64

import pytest

from libs.common.webhook.signature import signature, signing_keys

#: The specification's own libraries are tested with this secret, message and result.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "whsec_" + base64.b64encode(b"x" * 64).decode()


def test_a_message_is_signed_as_the_specification_has_it() -> None:
    assert signature(signing_keys(SECRET), *MESSAGE) == SIGNED


def test_while_a_secret_is_replaced_a_message_has_both_signatures() -> None:
    both = signature(signing_keys(f" {OTHER}\n{SECRET}"), *MESSAGE).split(" ")
    assert both == [signature(signing_keys(OTHER), *MESSAGE), SIGNED]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "very-secret",
        SECRET.removeprefix("whsec_"),
        "whsec_not/base64!",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        f"{SECRET} {SECRET} {SECRET}",
    ],
)
def test_a_secret_that_is_none_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="secret") as refused:
        signing_keys(text)
    assert not text or text not in str(refused.value)
