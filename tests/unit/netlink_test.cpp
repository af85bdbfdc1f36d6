#include "slipway/netlink.hpp"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "catch.hpp"
#include "slipway/error.hpp"
#include "slipway/link.hpp"

using namespace slipway;

namespace {

NetlinkMessage about(int index) {
  ifinfomsg body{};
  body.ifi_index = index;
  return {RTM_NEWLINK, body};
}

}  // namespace

TEST_CASE("netlink: a message has its structure and its attributes") {
  NetlinkMessage message = about(7);
  message.add(IFLA_IFNAME, std::string_view("eth0\0", 5));
  message.add(IFLA_MTU, std::string_view("\xdc\x05\0\0", 4));
  CHECK(message.type() == RTM_NEWLINK);
  CHECK(message.body<ifinfomsg>().ifi_index == 7);
  CHECK(message.attribute(IFLA_IFNAME) == std::string_view("eth0\0", 5));
  CHECK(message.attribute(IFLA_MTU).size() == 4);
  CHECK(message.attribute(IFLA_ADDRESS).empty());
  CHECK(message.bytes().size() == sizeof(ifinfomsg) + 12 + 8);  // each begins at a multiple of four
}

TEST_CASE("netlink: bytes that are cut off are no attribute, and too few are no message") {
  NetlinkMessage whole = about(7);
  whole.add(IFLA_IFNAME, "name");
  const std::string bytes = whole.bytes();
  for (size_t size = sizeof(ifinfomsg); size < bytes.size(); ++size) {
    const NetlinkMessage cut(RTM_NEWLINK, std::string_view(bytes).substr(0, size),
                             sizeof(ifinfomsg));
    CHECK(cut.attribute(IFLA_IFNAME).empty());
  }
  CHECK_THROWS_WITH(NetlinkMessage(RTM_NEWLINK, "short", sizeof(ifinfomsg)), contains("5 bytes"));
}

TEST_CASE("links: each network has lo, as the first") {
  Netlink kernel;
  const Link lo = link_named(kernel, "lo");
  CHECK(lo.index == 1);
  CHECK((lo.flags & IFF_LOOPBACK) != 0);
  CHECK_FALSE(links(kernel).empty());
  CHECK_THROWS_WITH(link_named(kernel, "none-such"), contains("no link none-such"));
}

TEST_CASE("netlink: what the kernel refuses is an error with its errno") {
  Netlink kernel;
  try {
    kernel.change(about(0x7ffffff0), "change a link that is not there");
    FAIL("it was not refused");
  } catch (const Error& error) {
    CHECK_THAT(error.what(), StartsWith("change a link that is not there: "));
    CHECK((error.code() == ENODEV || error.code() == EPERM));
  }
}
