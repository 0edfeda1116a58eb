"""Endpoint URLs: accepted ones, normalized, and refused ones."""

from contextlib import suppress
from ipaddress import ip_address

import pytest
from hypothesis import given, strategies as st

from paysandbox.core.errors import Code, Refused
from paysandbox.donations.routes import RECEIVE_STRIPE_EVENT
from paysandbox.inbox.routes import INBOX_PATH
from paysandbox.webhooks.outbound.address import Kind
from paysandbox.webhooks.outbound.target import (
    MAX_URL_LENGTH,
    OWN_PATH,
    SETTING,
    Target,
    TargetPolicy,
    needs_look_up,
    objection,
    read_target,
    reason_against,
    setting_hint,
)

DEPLOYED = TargetPolicy(local=False)
LOCAL = TargetPolicy(local=True)
OWN_PORT = 4566
AT_HOME = TargetPolicy(True, ("web", "10.0.0.7"), OWN_PORT)

OWN_INBOX = "/inbox/demo_7t3kq5mz2xvhb4rdlwfn6pyjae7t3kq5"

LONG_PATH = "https://example.com/" + "x" * (MAX_URL_LENGTH - len("https://example.com/"))


@pytest.mark.parametrize(
    "url, read",
    [
        (
            "https://example.com",
            Target(scheme="https", host="example.com", port=443, path_and_query="/", url="https://example.com/"),
        ),
        (
            "HTTPS://Example.COM./Hooks",
            Target(
                scheme="https", host="example.com", port=443, path_and_query="/Hooks", url="https://example.com/Hooks"
            ),
        ),
        (
            "https://example.com:443/",
            Target(scheme="https", host="example.com", port=443, path_and_query="/", url="https://example.com/"),
        ),
        (
            "https://example.com:0443?a=b",
            Target(
                scheme="https", host="example.com", port=443, path_and_query="/?a=b", url="https://example.com/?a=b"
            ),
        ),
        (
            "https://a.example:1024/x",
            Target(scheme="https", host="a.example", port=1024, path_and_query="/x", url="https://a.example:1024/x"),
        ),
        (
            "https://a.example:65535/",
            Target(scheme="https", host="a.example", port=65535, path_and_query="/", url="https://a.example:65535/"),
        ),
        (
            "https://a_b.example/",
            Target(scheme="https", host="a_b.example", port=443, path_and_query="/", url="https://a_b.example/"),
        ),
        (
            "https://a.example/%7Eme/../x//y;z?q=%20&r=https://b.example/@c",
            Target(
                scheme="https",
                host="a.example",
                port=443,
                path_and_query="/%7Eme/../x//y;z?q=%20&r=https://b.example/@c",
                url="https://a.example/%7Eme/../x//y;z?q=%20&r=https://b.example/@c",
            ),
        ),
        (
            "https://8.8.8.8/",
            Target(scheme="https", host="8.8.8.8", port=443, path_and_query="/", url="https://8.8.8.8/"),
        ),
        (
            "https://8.8.8.8.:8443/",
            Target(scheme="https", host="8.8.8.8", port=8443, path_and_query="/", url="https://8.8.8.8:8443/"),
        ),
        (
            "https://[2606:4700:4700:0:0:0:0:1111]:8443",
            Target(
                scheme="https",
                host="2606:4700:4700::1111",
                port=8443,
                path_and_query="/",
                url="https://[2606:4700:4700::1111]:8443/",
            ),
        ),
        (
            "https://bücher.example/",
            Target(
                scheme="https",
                host="xn--bcher-kva.example",
                port=443,
                path_and_query="/",
                url="https://xn--bcher-kva.example/",
            ),
        ),
        (
            "https://例え。テスト/",
            Target(
                scheme="https",
                host="xn--r8jz45g.xn--zckzah",
                port=443,
                path_and_query="/",
                url="https://xn--r8jz45g.xn--zckzah/",
            ),
        ),
        (
            "https://1.example.com1/",
            Target(scheme="https", host="1.example.com1", port=443, path_and_query="/", url="https://1.example.com1/"),
        ),
        (
            LONG_PATH,
            Target(
                scheme="https",
                host="example.com",
                port=443,
                path_and_query=LONG_PATH.removeprefix("https://example.com"),
                url=LONG_PATH,
            ),
        ),
    ],
)
def test_a_url_is_normalized_and_unchanged_in_meaning(url: str, read: Target) -> None:
    assert read_target(url, DEPLOYED) == read
    assert read_target(read.url, DEPLOYED) == read


@pytest.mark.parametrize(
    "url, authority",
    [
        ("https://example.com/", "example.com"),
        ("https://example.com:8443/", "example.com:8443"),
        ("https://[2606:4700::1]/", "[2606:4700::1]"),
        ("https://[2606:4700::1]:8443/", "[2606:4700::1]:8443"),
    ],
)
def test_the_host_header(url: str, authority: str) -> None:
    assert read_target(url, DEPLOYED).authority == authority


NO_URL = "This is not a URL"
HTTPS = "must begin with https://"
USER = "must not contain a user"
FRAGMENT = "must not have a fragment"
PLACE = "must be written as host:port"
NO_NAME = "is not a host name"
NO_ASCII = "converted to ASCII"
NUMBER = "host is a number"
LITERAL = "not an IPv6 address"
INSIDE = "a name of a private network"
PORT = "port must be"

REFUSED = [
    # Not a URL, or a URL that programs parse in different ways.
    ("", NO_URL),
    ("example.com", NO_URL),
    ("//example.com/", NO_URL),
    ("https:example.com", NO_URL),
    ("https:/example.com", NO_URL),
    ("https:\\\\example.com", NO_URL),
    (" https://example.com/", NO_URL),
    ("https://example.com/\n", NO_URL),
    ("https://example.com/a b", NO_URL),
    ("https://example.com/\r\nHost: evil", NO_URL),
    ("https://example.com\t/", NO_URL),
    ("https://example.com\\@127.0.0.1/", NO_URL),
    ("https://example.com/é", NO_URL),
    ("https://example.com/\x00", NO_URL),
    ("https://" + "a" * MAX_URL_LENGTH, "longer than 2048"),
    ("https://é.example/" + "x" * (MAX_URL_LENGTH - len("https://é.example/")), "longer than 2048"),
    # Another scheme.
    ("http://example.com/", HTTPS),
    ("ftp://example.com/", HTTPS),
    ("file:///etc/passwd", HTTPS),
    ("gopher://127.0.0.1:6379/_x", HTTPS),
    ("javascript://example.com/%0aalert(1)", HTTPS),
    # More than a host and a port.
    ("https://user@example.com/", USER),
    ("https://user:secret@example.com/", USER),
    ("https://example.com@127.0.0.1/", USER),
    ("https://@example.com/", USER),
    ("https://example.com/#top", FRAGMENT),
    ("https://example.com#@127.0.0.1/", FRAGMENT),
    ("https://example.com:https/", PLACE),
    ("https://example.com:/", PLACE),
    ("https://example.com:+443/", PLACE),
    ("https://example.com:443:443/", PLACE),
    ("https://example.com:１０２４/", PLACE),
    ("https://::1/", PLACE),
    ("https://[::1/", PLACE),
    ("https://[::1]x/", PLACE),
    # Invalid hosts.
    ("https:///path", NO_NAME),
    ("https://./", NO_NAME),
    ("https://:443/", NO_NAME),
    ("https://a..example/", NO_NAME),
    ("https://.example.com/", NO_NAME),
    ("https://-a.example/", NO_NAME),
    ("https://a-.example/", NO_NAME),
    ("https://%6c%6f%63alhost/", NO_NAME),
    ("https://127.0.0.1%2f.example/", NO_NAME),
    ("https://a,b.example/", NO_NAME),
    ("https://*.example/", NO_NAME),
    (f"https://{'a' * 64}.example/", NO_NAME),
    (f"https://{'a.' * 127}example/", NO_NAME),
    ("https://℀.example/", NO_NAME),  # becomes a/c
    ("https://faß.example/", NO_ASCII),  # fass.example to some, xn--fa-hia.example to others
    ("https://a\u200db.example/", NO_ASCII),
    (f"https://{'é' * 64}.example/", NO_ASCII),
    (f"https://{'é.' * 127}example/", NO_ASCII),
    # Numbers that some programs parse as an address.
    ("https://2130706433/", NUMBER),
    ("https://0x7f000001/", NUMBER),
    ("https://017700000001/", NUMBER),
    ("https://0177.0.0.1/", NUMBER),
    ("https://0x7f.0.0.1/", NUMBER),
    ("https://0x7F.0x0.0x0.0x1/", NUMBER),
    ("https://127.1/", NUMBER),
    ("https://127.0.1/", NUMBER),
    ("https://127.0.0.01/", NUMBER),
    ("https://127.0.0.1.1/", NUMBER),
    ("https://127.0.0.256/", NUMBER),
    ("https://0/", NUMBER),
    ("https://134744072/", NUMBER),  # 8.8.8.8 in an obscure form
    ("https://a.example.0x/", NUMBER),
    # IPv4 addresses, also with characters that only look like digits. test_address.py has all kinds.
    ("https://127.0.0.1/", Kind.LOOPBACK),
    ("https://127.0.0.1./", Kind.LOOPBACK),
    ("https://127.0.0.1:8443/", Kind.LOOPBACK),
    ("https://１２７.０.０.１/", Kind.LOOPBACK),
    ("https://127。0。0。1/", Kind.LOOPBACK),
    ("https://①②⑦.⓪.⓪.①/", Kind.LOOPBACK),
    ("https://10.0.0.1/", Kind.PRIVATE),
    ("https://169.254.169.254/latest/meta-data/", Kind.LINK_LOCAL),
    # IPv6 addresses.
    ("https://[::1]/", Kind.LOOPBACK),
    ("https://[0:0:0:0:0:0:0:1]:8443/", Kind.LOOPBACK),
    ("https://[::ffff:127.0.0.1]/", Kind.MAPPED),
    ("https://[::ffff:7f00:1]/", Kind.MAPPED),
    ("https://[::127.0.0.1]/", Kind.COMPATIBLE),
    ("https://[64:ff9b::169.254.169.254]/", Kind.NAT64),
    ("https://[fd00:ec2::254]/", Kind.UNIQUE_LOCAL),
    ("https://[fe80::1%25eth0]/", LITERAL),
    ("https://[2606:4700::1%eth0]/", LITERAL),
    ("https://[127.0.0.1]/", LITERAL),
    ("https://[v1.a]/", LITERAL),
    ("https://[]/", LITERAL),
    # Names of a private network or of this machine.
    ("https://localhost/", INSIDE),
    ("https://LOCALHOST./", INSIDE),
    ("https://a.localhost/", INSIDE),
    ("https://localhost.localdomain/", INSIDE),
    ("https://host.docker.internal/", INSIDE),
    ("https://metadata.google.internal/computeMetadata/v1/", INSIDE),
    ("https://printer.local/", INSIDE),
    ("https://nas.home.arpa/", INSIDE),
    ("https://home.arpa/", INSIDE),
    ("https://wiki.corp/", INSIDE),
    ("https://router.lan/", INSIDE),
    ("https://web/", INSIDE),
    ("https://ⓛocalhost/", INSIDE),
    # Ports of other protocols.
    ("https://example.com:0/", PORT),
    ("https://example.com:22/", PORT),
    ("https://example.com:25/", PORT),
    ("https://example.com:80/", PORT),
    ("https://example.com:1023/", PORT),
    ("https://example.com:65536/", PORT),
    ("https://example.com:99999/", PORT),
]


@pytest.mark.parametrize("url, reason", REFUSED)
def test_a_refused_url(url: str, reason: str) -> None:
    refused = _refusal(url, DEPLOYED)

    assert (f"not a public address ({reason})" if isinstance(reason, Kind) else reason) in refused.detail
    assert refused.detail.endswith(".")
    assert SETTING not in refused.detail, "it would not help here"


def test_allowed_hosts_have_no_effect_outside_the_local_environment(subtests: pytest.Subtests) -> None:
    for url, reason in REFUSED:
        with subtests.test(f"{url} {reason}"):
            listed = TargetPolicy.of(local=False, allowed_hosts="localhost,127.0.0.1,::1,10.0.0.1,web,printer.local")

            assert _refusal(url, listed).detail == _refusal(url, DEPLOYED).detail


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://localhost/",
        "http://localhost:8080/hooks",
        "http://app.localhost:3000/",
        "https://localhost:8443/",
        "http://127.0.0.1:8080/",
        "http://127.9.9.9:8080/",
        "http://[::1]:8080/",
        "https://example.com/",
    ],
)
def test_locally_http_and_this_machine_need_no_list(url: str) -> None:
    assert read_target(url, LOCAL).url == url


@pytest.mark.parametrize(
    "url, host",
    [
        ("http://web:8080/", "web"),
        ("https://web/", "web"),
        ("http://Host.Docker.Internal:8080/", "host.docker.internal"),
        ("http://laptop.local:8080/", "laptop.local"),
        ("http://10.0.0.7:8080/", "10.0.0.7"),
        ("http://192.168.1.5/", "192.168.1.5"),
        ("http://100.64.0.1/", "100.64.0.1"),
        ("http://[fd00::1]:8080/", "fd00::1"),
    ],
)
def test_locally_a_near_host_is_refused_until_the_named_setting_lists_it(url: str, host: str) -> None:
    assert f"`-c webhook_allowed_hosts={host}`" in _refusal(url, LOCAL).detail
    assert read_target(url, TargetPolicy.of(local=True, allowed_hosts=f"other, {host}")).host == host


@pytest.mark.parametrize(
    "url, host",
    [
        ("http://169.254.169.254/", "169.254.169.254"),
        ("http://0.0.0.0:8080/", "0.0.0.0"),  # noqa: S104 - nothing is bound
        ("http://224.0.0.1:8080/", "224.0.0.1"),
        ("http://[::ffff:127.0.0.1]:8080/", "::ffff:127.0.0.1"),
        ("http://[64:ff9b::10.0.0.1]:8080/", "64:ff9b::a00:1"),
        ("http://2130706433/", "2130706433"),
        ("http://localhost:22/", "localhost"),
        ("ftp://localhost/", "localhost"),
        ("http://u@localhost/", "localhost"),
    ],
)
def test_urls_that_no_allowlist_permits(url: str, host: str) -> None:
    assert SETTING not in _refusal(url, LOCAL).detail
    _refusal(url, TargetPolicy.of(local=True, allowed_hosts=host))


@pytest.mark.parametrize(
    "setting, hosts",
    [
        ("", ()),
        (" , ,", ()),
        ("web", ("web",)),
        ("Web., 10.0.0.7 ,[FD00:0::1]", ("web", "10.0.0.7", "fd00::1")),
    ],
)
def test_the_setting_is_a_list_between_commas(setting: str, hosts: tuple[str, ...]) -> None:
    assert TargetPolicy.of(local=True, allowed_hosts=setting) == TargetPolicy(True, hosts)


@pytest.mark.parametrize(
    "policy, host, address, kind",
    [
        (DEPLOYED, "example.com", "8.8.8.8", None),
        (DEPLOYED, "example.com", "127.0.0.1", Kind.LOOPBACK),
        (DEPLOYED, "example.com", "10.0.0.7", Kind.PRIVATE),
        (TargetPolicy(False, ("example.com", "10.0.0.7")), "example.com", "10.0.0.7", Kind.PRIVATE),
        (LOCAL, "example.com", "127.0.0.1", None),
        (LOCAL, "example.com", "::1", None),
        (LOCAL, "example.com", "10.0.0.7", Kind.PRIVATE),
        (TargetPolicy(True, ("web",)), "web", "172.18.0.3", None),
        (TargetPolicy(True, ("web",)), "web", "fd00::3", None),
        (TargetPolicy(True, ("web",)), "other", "172.18.0.3", Kind.PRIVATE),
        (TargetPolicy(True, ("172.18.0.3",)), "any.example", "172.18.0.3", None),  # a listed address is allowed
        (TargetPolicy(True, ("web",)), "web", "169.254.169.254", Kind.LINK_LOCAL),
        (TargetPolicy(True, ("web",)), "web", "::ffff:172.18.0.3", Kind.MAPPED),
    ],
)
def test_resolved_addresses_are_checked_too(policy: TargetPolicy, host: str, address: str, kind: Kind | None) -> None:
    assert objection(host, ip_address(address), policy) is kind


@pytest.mark.parametrize(
    "policy, kind, said",
    [
        (DEPLOYED, Kind.PRIVATE, False),
        (DEPLOYED, None, False),
        (LOCAL, Kind.PRIVATE, True),
        (LOCAL, None, True),
        (LOCAL, Kind.LINK_LOCAL, False),
    ],
)
def test_the_setting_is_named_where_it_helps(policy: TargetPolicy, kind: Kind | None, said: bool) -> None:
    assert (SETTING in setting_hint("web", kind, policy)) is said


# --- the sandbox itself -----------------------------------------------------------------------------------------------


def _reason(url: str, address: str, policy: TargetPolicy, *, is_local_address: bool) -> str | None:
    return reason_against(read_target(url, policy), ip_address(address), policy, lambda _: is_local_address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4566/",
        "https://127.0.0.1:4566/",
        "http://127.0.0.1:4566/?Action=CreateStack",
        "https://receiver.example:4566/",
        "http://web:4566/",
        "http://10.0.0.7:4566/",
        # Near the sandbox's own path, which has no other spelling.
        "https://127.0.0.1:4566/webhooks/stripe",
        "http://127.0.0.1:4566/webhooks/stripe/",
        "http://127.0.0.1:4566/webhooks/stripe?",
        "http://127.0.0.1:4566/webhooks/stripe?Action=CreateStack",
        "http://127.0.0.1:4566/webhooks/stripe;x",
        "http://127.0.0.1:4566/webhooks/stripe/../x",
        "http://127.0.0.1:4566/./webhooks/stripe",
        "http://127.0.0.1:4566//webhooks/stripe",
        "http://127.0.0.1:4566/Webhooks/stripe",
        "http://127.0.0.1:4566/webhooks%2Fstripe",
        "http://127.0.0.1:4566/webhooks/%73tripe",
        # Near the path of an inbox.
        f"https://127.0.0.1:4566{OWN_INBOX}",
        "http://127.0.0.1:4566/inbox/",
        "http://127.0.0.1:4566/inbox/demo",
        "http://127.0.0.1:4566/inbox/demo_",
        f"http://127.0.0.1:4566{OWN_INBOX[:-1]}",
        f"http://127.0.0.1:4566{OWN_INBOX}a",
        f"http://127.0.0.1:4566{OWN_INBOX}/",
        f"http://127.0.0.1:4566{OWN_INBOX}/../../sandbox",
        f"http://127.0.0.1:4566{OWN_INBOX}?",
        f"http://127.0.0.1:4566{OWN_INBOX}?Action=CreateStack",
        f"http://127.0.0.1:4566{OWN_INBOX};x",
        f"http://127.0.0.1:4566{OWN_INBOX}%00",
        f"http://127.0.0.1:4566/{OWN_INBOX}",
        f"http://127.0.0.1:4566/x/..{OWN_INBOX}",
        f"http://127.0.0.1:4566{OWN_INBOX.upper()}",
        f"http://127.0.0.1:4566{OWN_INBOX.replace('inbox', '%69nbox')}",
        f"http://127.0.0.1:4566{OWN_INBOX.replace('/inbox', '/sandbox/inbox')}",
        f"http://127.0.0.1:4566{OWN_INBOX.replace('demo', 'demo/demo')}",
        f"http://127.0.0.1:4566{OWN_INBOX.replace('demo', '..')}",
        f"http://127.0.0.1:4566{OWN_INBOX.replace('demo', 'd' * 33)}",
    ],
)
def test_the_sandbox_is_no_receiver_under_any_address_of_this_machine(url: str) -> None:
    assert needs_look_up(read_target(url, AT_HOME), AT_HOME)
    reason = _reason(url, "127.0.0.1", AT_HOME, is_local_address=True) or ""
    assert "port 4566" in reason
    assert "another port" in reason


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "x.localhost", "ⓛocalhost"])
def test_a_name_that_is_always_this_machines_is_refused_before_any_look_up(host: str) -> None:
    assert "the sandbox itself" in _refusal(f"http://{host}:4566/", AT_HOME).detail


@pytest.mark.parametrize(
    "url, address, is_local_address",
    [
        ("http://127.0.0.1:4566/webhooks/stripe", "127.0.0.1", True),
        ("http://localhost:4566/webhooks/stripe", "127.0.0.1", True),
        (f"http://127.0.0.1:4566{OWN_INBOX}", "127.0.0.1", True),
        (f"http://localhost:4566{OWN_INBOX}", "127.0.0.1", True),
        ("http://127.0.0.1:4567/?Action=CreateStack", "127.0.0.1", True),
        ("http://localhost:80/", "127.0.0.1", True),
        ("http://web:4566/", "10.0.0.9", False),
        ("https://receiver.example:4566/", "8.8.8.8", False),
    ],
)
def test_addresses_other_than_the_sandbox_are_receivers(url: str, address: str, is_local_address: bool) -> None:
    assert _reason(url, address, AT_HOME, is_local_address=is_local_address) is None


def test_without_a_port_of_its_own_nothing_is_the_sandbox() -> None:
    assert _reason("http://127.0.0.1:4566/", "127.0.0.1", LOCAL, is_local_address=True) is None
    on_aws = TargetPolicy(local=False, own_port=443)
    assert not needs_look_up(read_target("https://example.com/", on_aws), on_aws)
    assert _reason("https://example.com/", "8.8.8.8", on_aws, is_local_address=True) is None


def test_the_path_that_is_left_is_the_route_of_the_donations() -> None:
    assert RECEIVE_STRIPE_EVENT.path == OWN_PATH
    assert INBOX_PATH.partition("{")[0] == OWN_INBOX.partition("demo")[0]


# --- http -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url, address, allowed",
    [
        ("http://127.0.0.1:8080/", "127.0.0.1", True),
        ("http://shop.example:8080/", "127.0.0.1", True),
        ("http://web:8080/", "10.0.0.9", True),
        ("http://10.0.0.7:8080/", "10.0.0.7", True),
        ("http://web/", "8.8.8.8", True),  # listed on purpose
        ("https://example.com/", "8.8.8.8", True),
        ("http://example.com/", "8.8.8.8", False),
        ("http://8.8.8.8/", "8.8.8.8", False),
        ("http://[2606:4700::1]/", "2606:4700::1", False),
        ("http://x.localhost:8080/", "8.8.8.8", False),
    ],
)
def test_http_is_allowed_for_local_and_listed_hosts(url: str, address: str, allowed: bool) -> None:
    reason = _reason(url, address, AT_HOME, is_local_address=False)
    assert reason is None if allowed else "Use https://" in (reason or "")
    assert allowed or f"`-c webhook_allowed_hosts={read_target(url, AT_HOME).host}`" in (reason or "")


@pytest.mark.parametrize(
    "url, policy, needed",
    [
        ("http://example.com/", AT_HOME, True),
        ("http://127.0.0.1:8080/", AT_HOME, True),
        ("http://localhost:8080/", AT_HOME, False),
        ("http://x.localhost:8080/", AT_HOME, False),
        ("http://web:8080/", AT_HOME, False),
        ("https://example.com/", AT_HOME, False),
        ("https://example.com:4566/", AT_HOME, True),
        ("https://example.com:4566/", DEPLOYED, False),
    ],
)
def test_a_registration_resolves_a_name_only_if_it_matters(url: str, policy: TargetPolicy, needed: bool) -> None:
    assert needs_look_up(read_target(url, policy), policy) is needed


@pytest.mark.full
@given(st.text(max_size=60) | st.from_regex(r"https?://[^/]{0,30}(:[0-9]{0,6})?(/.{0,20})?", fullmatch=True))
def test_any_text_is_refused_or_reads_as_itself(url: str) -> None:
    with suppress(Refused):
        target = read_target(url, DEPLOYED)
        assert target.url.isascii()
        assert read_target(target.url, DEPLOYED) == target


def _refusal(url: str, policy: TargetPolicy) -> Refused:
    with pytest.raises(Refused) as raised:
        read_target(url, policy)
    assert (raised.value.code, raised.value.param) == (Code.URL_NOT_ALLOWED, "url")
    return raised.value
