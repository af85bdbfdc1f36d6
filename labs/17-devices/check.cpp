// What lab 17 must do, seen from outside.

#include <signal.h>

#include <algorithm>
#include <set>

#include "labkit/observe/devices.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

// Devices of the kernel's own, which every machine has, and which harm nobody: null, zero, full,
// random, urandom. These are opened; all other numbers are only made.
constexpr unsigned memory_major = 1;
constexpr unsigned memory_minors[] = {3, 5, 7, 8, 9};

// For the kernel's registry these are "local use": in no list of names, so nobody needs them.
constexpr unsigned first_local_major = 240;
constexpr unsigned last_local_major = 250;

constexpr char see[] =
    "sudo build/devices --allow 'c 1:3 rw' -- sh -c 'mknod /dev/demo c 1 5; head -c 1 /dev/zero'";

// ── running the program
// ───────────────────────────────────────────────────────────────────────────

using Rules = std::vector<std::string>;

std::vector<unsigned> draw_minors(Trial& trial) {
  std::vector<unsigned> minors(std::begin(memory_minors), std::end(memory_minors));
  for (size_t i = minors.size(); i > 1; --i)
    std::swap(minors[i - 1],
              minors[static_cast<size_t>(trial.between(0, static_cast<std::int64_t>(i) - 1))]);
  return minors;
}

unsigned draw(Trial& trial, unsigned least, unsigned most) {
  return static_cast<unsigned>(trial.between(least, most));
}

DeviceRequest memory(unsigned minor, const std::string& access) {
  return {'c', memory_major, minor, access};
}

// ── what the groups of a process allow
// ────────────────────────────────────────────────────────────

struct Wanted {
  DeviceRequest request;
  bool allowed;
  std::string cause;  // of its being otherwise
};

std::string in_words(const DeviceRequest& request) {
  const std::string device = fmt::format(
      "{} device {}:{}", request.type == 'c' ? "character" : "block", request.major, request.minor);
  if (request.access == "m") return "make a node of the " + device;
  const char* how = request.access == "r"   ? "reading"
                    : request.access == "w" ? "writing"
                                            : "reading and writing";
  return fmt::format("open the {} for {}", device, how);
}

std::vector<bool> try_all(Trial& trial, pid_t pid, const std::vector<Wanted>& wanted) {
  std::vector<DeviceRequest> requests;
  for (const Wanted& each : wanted) requests.push_back(each.request);
  const auto allowed = devices_allowed(pid, requests);
  if (!allowed)
    trial.fail({.should = "The command runs until it is ended.",
                .saw = "it ended while the check looked at it",
                .where = fmt::format("/proc/{}/cgroup", pid),
                .look = see,
                .cause = "The program's own words, below, may say why.",
                .mend = ""});
  return *allowed;
}

// Before anything is believed to be forbidden, it has been seen allowed: to the sandbox itself. And
// so it stays there, when a program has run.
void see_allowed(Trial& trial, const std::vector<Wanted>& wanted) {
  const std::vector<bool> allowed = try_all(trial, trial.sandbox().init(), wanted);
  const auto first = std::ranges::find(allowed, false);
  if (first == allowed.end()) return;
  const DeviceRequest& request = wanted[static_cast<size_t>(first - allowed.begin())].request;
  if (trial.sandbox().subjects().empty())
    trial.blocked(fmt::format("this machine lets nobody {}: rules for devices hold for the whole "
                              "of it, as in a container",
                              in_words(request)),
                  "docker run --privileged ...");
  trial.fail({.should = "The rules hold for the command; the group that the program was started in "
                        "has none, now and later.",
              .saw = fmt::format("nobody there may {} any more", in_words(request)),
              .where = fmt::format("the groups of /proc/{}/cgroup", trial.sandbox().init()),
              .look = see,
              .cause = "limits-itself",
              .mend = ""});
}

Subject& run_with(Trial& trial, const Rules& rules, const std::vector<std::string>& command) {
  see_allowed(trial, {{memory(memory_minors[0], "rw"), true, ""}});
  std::vector<std::string> arguments;
  for (const std::string& rule : rules) {
    arguments.push_back("--allow");
    arguments.push_back(rule);
  }
  arguments.push_back("--");
  arguments.insert(arguments.end(), command.begin(), command.end());
  return trial.run(arguments);
}

void expect_rules(Trial& trial, const Process& process, const std::vector<Wanted>& wanted,
                  const std::string& who) {
  trial.step(fmt::format("try {} requests for devices in the groups of process {}", wanted.size(),
                         process.pid));
  const std::vector<bool> allowed = try_all(trial, process.pid, wanted);
  for (size_t i = 0; i < wanted.size(); ++i)
    trial.expect(
        allowed[i] == wanted[i].allowed,
        {.should = fmt::format("{} may {}{}.", who, wanted[i].allowed ? "" : "not ",
                               in_words(wanted[i].request)),
         .saw = allowed[i] ? "with a node made anew, the kernel lets it" : "the kernel says EPERM",
         .where = fmt::format("the groups of /proc/{}/cgroup; asked for \"{}\"", process.pid,
                              wanted[i].request.text()),
         .look = see,
         .cause = wanted[i].cause,
         .mend = ""});
}

// Runs a command under these rules and looks at what it may do.
void judge_rules(Trial& trial, const Rules& rules, const std::vector<Wanted>& wanted) {
  see_allowed(trial, wanted);
  const std::string token = trial.token("hold");
  Subject& program = run_with(trial, rules, Trial::payload({"hold"}, token));
  expect_rules(trial, trial.await_payloads(program, token, 1).front(), wanted, "The command");
  end_payloads(trial, token);
  trial.await_end(program, 10, "The program ends when its command has ended.");
}

// A program without rules has nothing to clean up and nobody to leave alone: so each check sees
// them first.
Subject& run_ruled(Trial& trial, const std::vector<std::string>& words, size_t processes,
                   const std::string& token) {
  const std::vector<unsigned> minors = draw_minors(trial);
  const std::vector<Wanted> wanted = {{memory(minors[0], "r"), true, ""},
                                      {memory(minors[1], "r"), false, ""}};
  see_allowed(trial, wanted);
  Subject& program = run_with(trial, {memory(minors[0], "r").text()}, Trial::payload(words, token));
  for (const Process& process : trial.await_payloads(program, token, processes))
    expect_rules(trial, process, wanted, "The command, with all that it starts,");
  return program;
}

// ── what is left
// ──────────────────────────────────────────────────────────────────────────────────

constexpr char see_status[] = "sudo build/devices -- sh -c 'exit 7'; echo $?";
constexpr char see_end[] =
    "sudo build/devices -- sleep 60 & kill $!; sleep 1; pgrep -af 'sleep 60'";

void expect_status(Trial& trial, Subject& program, int status, const std::string& of) {
  labkit::expect_status(trial, program, status,
                        fmt::format("The program's exit status is {}: {}.", of, status),
                        see_status);
}

// ── the checks
// ────────────────────────────────────────────────────────────────────────────────────

void check_denied(Trial& trial) {
  const std::vector<unsigned> minors = draw_minors(trial);
  std::vector<Wanted> wanted = {{memory(minors[0], "r"), true, ""},
                                {memory(minors[0], "w"), true, ""},
                                {memory(minors[0], "rw"), true, ""}};
  for (size_t i = 1; i < minors.size(); ++i)
    for (const char* access : {"m", "r", "w"})
      wanted.push_back({memory(minors[i], access), false, ""});
  wanted.push_back({{'b', draw(trial, first_local_major, last_local_major), 1, "m"}, false, ""});
  judge_rules(trial, {memory(minors[0], "rw").text()}, wanted);
  std::erase_if(wanted, [](const Wanted& each) { return each.allowed; });
  judge_rules(trial, {}, wanted);
}

void check_access(Trial& trial) {
  const std::vector<unsigned> minors = draw_minors(trial);
  Rules rules;
  std::vector<Wanted> wanted;
  size_t next = 0;
  for (const std::string rule : {"r", "w", "m", "rw", "wm"}) {
    const unsigned minor = minors[next++];
    rules.push_back(memory(minor, rule).text());
    for (const std::string asked : {"r", "w", "rw", "m"}) {
      const bool allowed = std::ranges::all_of(
          asked, [&](char letter) { return rule.find(letter) != std::string::npos; });
      wanted.push_back({memory(minor, asked), allowed, ""});
    }
  }
  judge_rules(trial, rules, wanted);
}

void check_numbers(Trial& trial) {
  const std::vector<unsigned> minors = draw_minors(trial);
  const unsigned a = draw(trial, first_local_major, last_local_major - 3);
  const unsigned m = draw(trial, 16, 90);
  const std::string type = "The type is a part of the rule: c and b are two devices.";
  const std::string star = "star-is-zero";
  const Rules rules = {
      fmt::format("c 1:{} rwm", minors[0]),  // one
      fmt::format("b {}:{} m", a, m),        // one
      fmt::format("c {}:* m", a + 1),        // all minor numbers
      fmt::format("b *:{} m", m + 1),        // all major numbers
  };
  judge_rules(trial, rules,
              {{memory(minors[0], "rw"), true, ""},
               {memory(minors[0], "m"), true, ""},
               {{'b', memory_major, minors[0], "m"}, false, "any-type"},
               {memory(minors[1], "r"), false, ""},
               {{'c', memory_major + 1, minors[0], "m"}, false, ""},
               {{'b', a, m, "m"}, true, ""},
               {{'c', a, m, "m"}, false, "any-type"},
               {{'b', a, m - 1, "m"}, false, ""},
               {{'b', m, a, "m"}, false, "Major and minor number have changed places."},
               {{'c', a + 1, draw(trial, 0, 9), "m"}, true, star},
               {{'c', a + 1, draw(trial, 300, 9000), "m"}, true, star},
               {{'b', a + 1, 7, "m"}, false, type},
               {{'b', draw(trial, 3, 200), m + 1, "m"}, true, star},
               {{'b', a + 2, m + 1, "m"}, true, star},
               {{'c', a + 2, m + 1, "m"}, false, "any-type"}});
}

void check_several(Trial& trial) {
  const std::vector<unsigned> minors = draw_minors(trial);
  const std::string wide = "c 1:* r";
  const std::string narrow = memory(minors[0], "w").text();
  const std::string fits = "A request is allowed when any rule allows it, wherever that stands.";
  for (const Rules& order : {Rules{wide, narrow}, Rules{narrow, wide}}) {
    Rules rules = order;
    std::vector<Wanted> wanted = {{memory(minors[0], "r"), true, ""},
                                  {memory(minors[0], "w"), true, ""},
                                  {memory(minors[1], "r"), true, ""},
                                  {memory(minors[1], "w"), false, fits},
                                  {memory(minors[0], "m"), false, fits}};
    const unsigned minor = draw(trial, 1, 200);
    for (unsigned major = first_local_major; major < last_local_major; ++major) {
      const DeviceRequest request{'b', major, minor, "m"};
      rules.push_back(request.text());
      wanted.push_back({request, true, fits});
    }
    wanted.push_back({{'b', last_local_major, minor, "m"}, false, fits});
    judge_rules(trial, rules, wanted);
  }
}

void check_everyone(Trial& trial) {
  std::vector<Wanted> free;
  for (const unsigned minor : memory_minors)
    for (const char* access : {"r", "w", "m"})
      free.push_back({memory(minor, access), true, "limits-itself"});
  see_allowed(trial, free);
  const std::string neighbour_token = trial.token("neighbour");
  Subject& neighbour = trial.start_payload({"hold"}, neighbour_token);
  const Process beside = trial.await_payloads(neighbour, neighbour_token, 1).front();
  const std::string token = trial.token("tree");
  run_ruled(trial, {"tree"}, 3, token);
  expect_rules(trial, beside, free, "A process that was started from the same place");
}

void check_refused(Trial& trial) {
  const int status = static_cast<int>(trial.between(3, 90));
  const std::vector<std::string> command =
      Trial::payload({"exit", fmt::format("{}", status)}, "token");
  expect_status(trial, run_with(trial, {"c 1:3 rw", "b 240:* m"}, command), status,
                "the command's");
  for (const std::string rule :
       {"null", "c 1 rw", "c 1:3 rx", "d 1:3 r", "c one:3 r", "c 1:3x r", "c 1:3", ""}) {
    const std::string token = trial.token("hold");
    Subject& program = run_with(trial, {"c 1:3 rw", rule}, Trial::payload({"hold"}, token));
    std::optional<slipway::Exit> end;
    bool started = false;
    trial.eventually(10, [&] {
      started |= !trial.payloads(token).empty();
      end = program.wait(0);
      return started || end;
    });
    trial.expect(
        !started && end && end->status() == 125,
        {.should = fmt::format("\"{}\" is no rule: the program says so, ends with status "
                               "125, and starts nothing.",
                               rule),
         .saw = started ? "it started the command"
                : end   ? fmt::format("it ended with status {}", end->status())
                        : "it neither started the command nor ended",
         .where = "the program's exit status, and /proc",
         .look = fmt::format("sudo build/devices --allow '{}' -- echo started; echo $?", rule),
         .cause = "",
         .mend = ""});
  }
}

void check_cleaned(Trial& trial) {
  trial.sandbox();
  const std::set<std::string> before = all_groups(trial);
  std::string token = trial.token("hold");
  Subject& killed = run_ruled(trial, {"hold"}, 1, token);
  trial.step("kill the command");
  end_payloads(trial, token);
  expect_status(trial, killed, 128 + SIGKILL, "128 and the number of the signal");
  expect_groups_removed(trial, before, "When the command has ended,");
  expect_status(trial, run_with(trial, {}, {"/tmp/" + trial.token("none")}), 127,
                "that of a command which does not exist");
  token = trial.token("daemon");
  Subject& leaving = run_with(trial, {"c *:* rw"}, Trial::payload({"daemon"}, token));
  expect_status(trial, leaving, 0, "the command's");
  trial.step("the command has left a process behind");
  expect_groups_removed(trial, before,
                        "When the command has ended, even if it left a process behind,");
  for (const int number : {SIGTERM, SIGINT}) {
    const std::string name = number == SIGTERM ? "SIGTERM" : "SIGINT";
    token = trial.token("tree");
    Subject& program = run_ruled(trial, {"tree"}, 3, token);
    trial.pause(0.05 * trial.patience());  // for the program, too, to come to its waiting
    trial.step(fmt::format("send {} to the program", name));
    program.signal(number);
    trial.await_end(program, 15, fmt::format("{} ends the program.", name));
    expect_ended(trial, token, "After " + name, see_end);
    expect_groups_removed(trial, before, "After " + name);
  }
}

const Lab lab("17-devices", {{"denied", check_denied},
                             {"access", check_access},
                             {"numbers", check_numbers},
                             {"several", check_several},
                             {"everyone", check_everyone},
                             {"refused", check_refused},
                             {"cleaned", check_cleaned}});

}  // namespace
