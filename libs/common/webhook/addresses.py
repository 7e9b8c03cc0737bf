"""Which addresses are out in the open internet. All others could be ours: a receiver is never there."""

import ipaddress

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: The only part of IPv6 that is given out for use in the open (IANA, "IPv6 Global Unicast Address Space"). So
#: loopback, mapped and translated IPv4 (NAT64), link-local, private and multicast addresses are all outside.
_IPV6 = ipaddress.IPv6Network("2000::/3")
#: What `is_global` lets pass and must not, or did so in an older Python.
_REFUSED: tuple[_Network, ...] = (
    ipaddress.IPv4Network("100.64.0.0/10"),  # shared by carriers (RFC 6598)
    ipaddress.IPv4Network("168.63.129.16/32"),  # every virtual machine of Azure has its host agent there
    ipaddress.IPv4Network("192.0.0.0/24"),  # IETF protocol assignments
    ipaddress.IPv4Network("192.88.99.0/24"),  # relays of 6to4 (RFC 7526: deprecated)
    ipaddress.IPv4Network("198.18.0.0/15"),  # benchmarks (RFC 2544)
    ipaddress.IPv4Network("224.0.0.0/3"),  # multicast, reserved, broadcast
    ipaddress.IPv6Network("2001::/23"),  # IETF protocol assignments, Teredo among them: it holds an IPv4
    ipaddress.IPv6Network("2001:db8::/32"),  # documents
    ipaddress.IPv6Network("2002::/16"),  # 6to4: it holds an IPv4
    ipaddress.IPv6Network("3fff::/20"),  # documents (RFC 9637)
)


def is_public(address: str) -> bool:
    """Whether an address, as a resolver writes it, is one that anybody may be reached at."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and (found.scope_id is not None or found not in _IPV6):
        return False
    return found.is_global and not any(found in network for network in _REFUSED)
