#pragma once

#include <string>
#include <vector>

#include "slipway/netlink.hpp"

namespace slipway {

/// A link of a network namespace: lo, eth0, one end of a veth pair. netdevice(7).
struct Link {
  int index = 0;  ///< From 1; lo has it in every namespace.
  std::string name;
  unsigned flags = 0;  ///< IFF_UP, IFF_LOOPBACK, ...

  bool up() const noexcept;  ///< IFF_UP: somebody has set it up.
};

/// An address that a link has.
struct Address {
  int link = 0;      ///< The link's index.
  std::string text;  ///< With the length of its network: "127.0.0.1/8", "::1/128".
};

/// All links of the namespace to which `kernel` belongs, by index. Throws Error.
std::vector<Link> links(Netlink& kernel);

/// All its addresses, of IPv4 and IPv6. Throws Error.
std::vector<Address> addresses(Netlink& kernel);

/// The one of that name. Throws Error.
Link link_named(Netlink& kernel, const std::string& name);

/// Sets a link up: from here on it carries packets. Throws Error.
void set_up(Netlink& kernel, const Link& link);

}  // namespace slipway
