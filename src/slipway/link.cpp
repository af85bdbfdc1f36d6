#include "slipway/link.hpp"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>

#include "slipway/error.hpp"

namespace slipway {

bool Link::up() const noexcept {
  return (flags & IFF_UP) != 0;
}

std::vector<Link> links(Netlink& kernel) {
  std::vector<Link> found;
  for (const NetlinkMessage& message : kernel.list({RTM_GETLINK, ifinfomsg{}}, sizeof(ifinfomsg))) {
    const auto about = message.body<ifinfomsg>();
    const std::string name(message.attribute(IFLA_IFNAME));
    found.push_back({about.ifi_index, name.substr(0, name.find('\0')), about.ifi_flags});
  }
  std::ranges::sort(found, {}, &Link::index);
  return found;
}

std::vector<Address> addresses(Netlink& kernel) {
  std::vector<Address> found;
  for (const NetlinkMessage& message : kernel.list({RTM_GETADDR, ifaddrmsg{}}, sizeof(ifaddrmsg))) {
    const auto about = message.body<ifaddrmsg>();
    // Of a link between two hosts IFA_ADDRESS is the other one's; IPv6 has no IFA_LOCAL otherwise.
    std::string_view bytes = message.attribute(IFA_LOCAL);
    if (bytes.empty()) bytes = message.attribute(IFA_ADDRESS);
    const size_t wanted = about.ifa_family == AF_INET ? sizeof(in_addr) : sizeof(in6_addr);
    char text[INET6_ADDRSTRLEN];
    if (bytes.size() != wanted ||
        ::inet_ntop(about.ifa_family, bytes.data(), text, sizeof text) == nullptr)
      continue;  // neither IPv4 nor IPv6
    found.push_back(
        {static_cast<int>(about.ifa_index), fmt::format("{}/{}", text, about.ifa_prefixlen)});
  }
  return found;
}

Link link_named(Netlink& kernel, const std::string& name) {
  for (const Link& link : links(kernel))
    if (link.name == name) return link;
  throw Error(fmt::format("there is no link {} in this network namespace", name));
}

void set_up(Netlink& kernel, const Link& link) {
  ifinfomsg change{};
  change.ifi_index = link.index;
  change.ifi_flags = IFF_UP;
  change.ifi_change = IFF_UP;  // which of the flags are meant
  kernel.change({RTM_NEWLINK, change}, fmt::format("set the link {} up", link.name));
}

}  // namespace slipway
