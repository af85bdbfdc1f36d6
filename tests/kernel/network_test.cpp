// Links and addresses as the core library and the checks' eyes read them, held against ip(8).
#include <fmt/core.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>

#include "labkit/observe/network.hpp"
#include "labkit/observe/process.hpp"
#include "labkit/subject/run.hpp"
#include "labkit/subject/sandbox.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/link.hpp"

namespace {

using Lines = std::set<std::string>;

std::string output_of(const std::string& line) {
  std::string text;
  FILE* pipe = ::popen(line.c_str(), "re");
  for (int letter; (letter = std::fgetc(pipe)) != EOF;) text += static_cast<char>(letter);
  ::pclose(pipe);
  return text;
}

// "1 lo up", "1 127.0.0.1/8", from "1: lo: <LOOPBACK,UP> ..." and "1: lo    inet 127.0.0.1/8 ...".
Lines told_by_ip() {
  Lines lines;
  std::string index, name, word, address;
  for (std::istringstream text(output_of("ip -o link")); text >> index >> name >> word;) {
    name = name.substr(0, name.find_first_of("@:"));
    const bool up = word.find("<UP") != std::string::npos || word.find(",UP") != std::string::npos;
    lines.insert(fmt::format("{} {} {}", std::stoi(index), name, up ? "up" : "down"));
    std::getline(text, word);
  }
  for (std::istringstream text(output_of("ip -o address"));
       text >> index >> name >> word >> address;) {
    lines.insert(fmt::format("{} {}", std::stoi(index), address));
    std::getline(text, word);
  }
  return lines;
}

Lines told_by_core() {
  Lines lines;
  slipway::Netlink kernel;
  for (const slipway::Link& link : slipway::links(kernel))
    lines.insert(fmt::format("{} {} {}", link.index, link.name, link.up() ? "up" : "down"));
  for (const slipway::Address& address : slipway::addresses(kernel))
    lines.insert(fmt::format("{} {}", address.link, address.text));
  return lines;
}

Lines told_by_checks() {
  Lines lines;
  for (const labkit::SeenLink& link : labkit::links_seen_by(::getpid())) {
    const unsigned index = ::if_nametoindex(link.name.c_str());
    lines.insert(fmt::format("{} {} {}", index, link.name, link.up ? "up" : "down"));
    for (const std::string& address : link.addresses)
      lines.insert(fmt::format("{} {}", index, address));
  }
  return lines;
}

int complain(const std::string& who, const Lines& lines, const Lines& right) {
  for (const std::string& line : right)
    if (!lines.contains(line)) fmt::print(stderr, "{} does not know: {}\n", who, line);
  for (const std::string& line : lines)
    if (!right.contains(line)) fmt::print(stderr, "{} alone says: {}\n", who, line);
  return 1;
}

// Runs in a network of its own after the shell line; 0 when all three tell the same.
int compare_after(const std::string& line) {
  return machine::status_of(machine::fork_to([&] {
    slipway::check(::unshare(CLONE_NEWNET), "begin a network namespace");
    if (machine::shell(line) != 0) return 77;
    const Lines right = told_by_ip();
    if (right.empty()) return 2;
    if (told_by_core() != right) return complain("the core", told_by_core(), right);
    if (told_by_checks() != right) return complain("the checks", told_by_checks(), right);
    return 0;
  }));
}

}  // namespace

TEST_CASE("network: links and addresses are those that ip tells") {
  NEEDS_ROOT();
  NEEDS(machine::shell("command -v ip >/dev/null") == 0, "ip (apt-get install iproute2)");
  CHECK(compare_after("true") == 0);
  CHECK(compare_after("ip link set lo up") == 0);
  CHECK(compare_after("ip link set lo up && ip address add 192.0.2.7/29 dev lo && "
                      "{ ip address add 2001:db8::5/64 dev lo || true; }") == 0);
}

TEST_CASE("network: so it is with many links, more than one answer of the kernel holds") {
  NEEDS_ROOT();
  const int status = compare_after(
      "for i in $(seq 40); do ip link add pair$i type veth peer name other$i && "
      "ip link set pair$i up && ip address add 10.0.$i.1/24 dev pair$i || exit 1; done");
  LACKS_UNLESS(status != 77, "links of the type veth");
  CHECK(status == 0);
}

TEST_CASE("network: a message sets lo up, and that is what the checks see") {
  NEEDS_ROOT();
  const int status = machine::status_of(machine::fork_to([] {
    slipway::check(::unshare(CLONE_NEWNET), "begin a network namespace");
    if (labkit::in_words(labkit::links_seen_by(::getpid())) != "lo down") return 1;
    if (labkit::loopback_from(::getpid()) == 0) return 2;
    slipway::Netlink kernel;
    ifinfomsg change{};
    change.ifi_index = 1;
    change.ifi_flags = change.ifi_change = IFF_UP;
    kernel.change({RTM_NEWLINK, change}, "set lo up");
    if (!slipway::link_named(kernel, "lo").up()) return 3;
    if (labkit::loopback_from(::getpid()) != 0) return 4;
    if (labkit::way_from(::getpid(), "198.51.100.9") != ENETUNREACH) return 5;
    labkit::add_address(::getpid(), "198.51.100.9");
    return labkit::way_from(::getpid(), "198.51.100.9") == 0 ? 0 : 6;
  }));
  CHECK(status == 0);
}

TEST_CASE("sandbox: a program is handed a socket when that is wanted, and none otherwise") {
  NEEDS_ROOT();
  labkit::Run run;
  const std::string name = run.next_name();
  labkit::Sandbox sandbox(name, run.make_folder(name), {});
  const auto& with = sandbox.run({"sleep", "1000"}, {.socket = 40});
  const auto& without = sandbox.run({"sleep", "1000"});
  REQUIRE(labkit::sockets_of(with.pid()).size() == 1);
  CHECK(labkit::sockets_of(with.pid()).front().starts_with("40 -> socket:["));
  CHECK(labkit::sockets_of(without.pid()).empty());
}

TEST_CASE("network: a link is set up once or twice, and one that is not there is named") {
  NEEDS_ROOT();
  const int status = machine::status_of(machine::fork_to([] {
    slipway::check(::unshare(CLONE_NEWNET), "begin a network namespace");
    slipway::Netlink kernel;
    if (slipway::link_named(kernel, "lo").up()) return 1;
    for (int i = 0; i < 2; ++i) slipway::set_up(kernel, slipway::link_named(kernel, "lo"));
    if (labkit::in_words(labkit::links_seen_by(::getpid())).find("lo up") != 0) return 2;
    if (labkit::loopback_from(::getpid()) != 0) return 3;
    try {
      slipway::set_up(kernel, {99, "gone", 0});
    } catch (const slipway::Error& error) {
      return error.what() == std::string("set the link gone up: No such device") ? 0 : 4;
    }
    return 5;
  }));
  CHECK(status == 0);
}
