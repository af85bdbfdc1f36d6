// What lab 25 must do, seen from outside.

#include <signal.h>

#include <algorithm>
#include <cstring>

#include "labkit/observe/network.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"

using namespace labkit;

namespace {

constexpr char by_hand[] = "sudo build/network --";

std::vector<std::string> words_of(const std::vector<std::string>& command) {
  std::vector<std::string> words = {"--"};
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

// The name of an errno, as it stands in man pages.
std::string in_words(int code) {
  return code == 0 ? "it works" : fmt::format("{} ({})", ::strerror(code), ::strerrorname_np(code));
}

void expect_own_network(Trial& trial, pid_t pid) {
  const ino_t outside = namespace_of(trial.sandbox().init(), "net");
  trial.expect(namespace_of(pid, "net") != outside,
               {.should = "The command is in a network namespace of its own.",
                .saw = fmt::format("it is in net:[{}], and so is every process outside", outside),
                .where = fmt::format("/proc/{}/ns/net", pid),
                .look = fmt::format("{} ip address; ip address", by_hand),
                .cause = "",
                .mend = ""});
}

Process run_holding(Trial& trial, const RunAs& caller = {}) {
  const std::string token = trial.token("hold");
  Subject& program = trial.run(words_of(Trial::payload({"hold"}, token)), caller);
  const Process command = trial.await_payloads(program, token, 1).front();
  expect_own_network(trial, command.pid);
  return command;
}

// ── the checks
// ────────────────────────────────────────────────────────────────────────────────────

void check_own(Trial& trial) {
  const pid_t init = trial.sandbox().init();
  const std::vector<SeenLink> before = links_seen_by(init);
  run_holding(trial);
  const std::vector<SeenLink> after = links_seen_by(init);
  trial.expect(before == after,
               {.should = "The network outside stays as it was: " + in_words(before) + ".",
                .saw = "it is " + in_words(after),
                .where = "netlink, outside the command's network",
                .look = fmt::format("ip link; {} true; ip link", by_hand),
                .cause = "",
                .mend = ""});
}

bool is_ready(const std::vector<SeenLink>& links) {
  const auto lo = std::ranges::find(links, "lo", &SeenLink::name);
  return lo != links.end() && lo->up &&
         std::ranges::find(lo->addresses, "127.0.0.1/8") != lo->addresses.end();
}

void check_loopback(Trial& trial) {
  const Process command = run_holding(trial);
  std::vector<SeenLink> links;
  const bool ready =
      trial.eventually(1, [&] { return is_ready(links = links_seen_by(command.pid)); });
  const auto lo = std::ranges::find(links, "lo", &SeenLink::name);
  const bool only_address = lo != links.end() && !lo->up && !lo->addresses.empty();
  trial.expect(ready, {.should = "In the command's network lo is up and has 127.0.0.1/8.",
                       .saw = "its links are: " + in_words(links),
                       .where = fmt::format("netlink, in /proc/{}/ns/net", command.pid),
                       .look = fmt::format("{} ip address", by_hand),
                       .cause = only_address ? "address-only" : "",
                       .mend = ""});
  const int failed = loopback_from(command.pid);
  trial.expect(failed == 0, {.should = "A connection from 127.0.0.1 to itself works there.",
                             .saw = in_words(failed),
                             .where = fmt::format("connect(2), in /proc/{}/ns/net", command.pid),
                             .look = fmt::format("{} ping -c 1 127.0.0.1", by_hand),
                             .cause = "",
                             .mend = ""});
}

void check_alone(Trial& trial) {
  // An address that only the network outside has: RFC 5737, for examples.
  const std::string address = fmt::format("198.51.100.{}", trial.between(2, 250));
  const pid_t init = trial.sandbox().init();
  trial.step(fmt::format("give the network outside the address {}", address));
  add_address(init, address);
  if (const int failed = way_from(init, address))
    throw slipway::Error(fmt::format("there is no way to {} outside: {}", address, failed));
  const Process command = run_holding(trial);
  const std::vector<SeenLink> links = links_seen_by(command.pid);
  const auto other = std::ranges::find_if(
      links, [](const SeenLink& link) { return link.up && link.name != "lo"; });
  trial.expect(other == links.end(),
               {.should = "No link but lo is up in the command's network.",
                .saw = "its links are: " + in_words(links),
                .where = fmt::format("netlink, in /proc/{}/ns/net", command.pid),
                .look = fmt::format("{} ip link", by_hand),
                .cause = "way-out",
                .mend = ""});
  const int failed = way_from(command.pid, address);
  trial.expect(failed != 0,
               {.should = fmt::format("From the command's network there is no way to {}, which "
                                      "the network outside has.",
                                      address),
                .saw = "there is one",
                .where = fmt::format("connect(2), in /proc/{}/ns/net", command.pid),
                .look = fmt::format("{} ip route get {}", by_hand, address),
                .cause = "way-out",
                .mend = ""});
}

void check_descriptors(Trial& trial) {
  const RunAs caller{.socket = static_cast<int>(trial.between(20, 500))};
  // A command that is started without the program has the socket: there is something to inherit.
  const std::string token = trial.token("beside");
  Subject& beside = trial.sandbox().run(Trial::payload({"hold"}, token), caller);
  trial.await_payloads(beside, token, 1);
  if (sockets_of(beside.pid()).empty()) throw slipway::Error("no socket was handed down");
  const Process command = run_holding(trial, caller);
  std::vector<std::string> sockets;
  const bool none =
      trial.eventually(1, [&] { return (sockets = sockets_of(command.pid)).empty(); });
  trial.expect(none,
               {.should = "The command has no socket: each that it inherits leads to the network "
                          "outside.",
                .saw = fmt::format("it has {}", none ? "" : sockets.front()),
                .where = fmt::format("/proc/{}/fd", command.pid),
                .look = "sudo bash -c 'exec 9<>/dev/udp/127.0.0.1/9; build/network -- "
                        "ls -l /proc/self/fd'",
                .cause = "",
                .mend = ""});
}

void check_conduct(Trial& trial) {
  const Conduct conduct{by_hand,
                        [&](const std::vector<std::string>& command) -> Subject& {
                          return trial.run(words_of(command));
                        },
                        [&](const Process& command) { expect_own_network(trial, command.pid); }};
  expect_status_passed(trial, conduct);
  expect_ended_by_signals(trial, conduct);
}

const Lab lab("25-network", {{"own", check_own},
                             {"loopback", check_loopback},
                             {"alone", check_alone},
                             {"descriptors", check_descriptors},
                             {"conduct", check_conduct}});

}  // namespace
