// What lab 26 must do, seen from outside.

#include <signal.h>
#include <sys/stat.h>

#include "labkit/observe/users.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"

using namespace labkit;

namespace {

constexpr char by_hand[] = "build/user --uid-map 0:$(id -u):1 --";
constexpr char by_root[] = "sudo build/user --uid-map 0:100000:65536 --gid-map 0:100000:65536 --";
constexpr char read_maps[] = "sh -c 'cat /proc/self/uid_map /proc/self/gid_map'";

// ── who starts the program, and what it is asked for
// ──────────────────────────────────────────────

struct Asked {
  RunAs caller;
  IdRange users;
  IdRange groups;
  bool groups_said = true;  // --gid-map stands on the command line
};

// An ordinary user, whose group has another number than he has, and who can map himself alone.
Asked draw_ordinary(Trial& trial, std::int64_t inside) {
  const auto user = static_cast<uid_t>(trial.between(1000, 30'000));
  const auto group = static_cast<gid_t>(trial.between(31'000, 60'000));
  return {RunAs{.user = user, .group = group}, {inside, user, 1}, {inside, group, 1}};
}

std::string as_option(const IdRange& range) {
  return in_words(std::vector{range});
}

std::vector<std::string> words_of(const Asked& asked, const std::vector<std::string>& command) {
  std::vector<std::string> words = {"--uid-map", as_option(asked.users)};
  if (asked.groups_said) words.insert(words.end(), {"--gid-map", as_option(asked.groups)});
  words.emplace_back("--");
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

// Where the checker is, the ids of the sandbox have other numbers.
IdRange seen_from_here(Trial& trial, IdRange range) {
  range.outside += trial.sandbox().root_user();
  return range;
}

// ── what the kernel shows of the command
// ──────────────────────────────────────────────────────────

void expect_own_namespace(Trial& trial, pid_t pid) {
  const ino_t outside = namespace_of(trial.sandbox().init(), "user");
  trial.expect(
      namespace_of(pid, "user") != outside,
      {.should = "The command is in a user namespace of its own.",
       .saw = fmt::format("it is in user:[{}], as the program's caller is", outside),
       .where = fmt::format("/proc/{}/ns/user", pid),
       .look = fmt::format("{} readlink /proc/self/ns/user; readlink /proc/self/ns/user", by_hand),
       .cause = "prints-only",
       .mend = ""});
}

void expect_map(Trial& trial, pid_t pid, const std::string& file, const IdRange& asked,
                const std::string& look) {
  const std::vector<IdRange> right = {seen_from_here(trial, asked)};
  std::vector<IdRange> seen;
  const bool so = trial.eventually(1, [&] { return (seen = id_map_of(pid, file)) == right; });
  for (IdRange& range : seen) range.outside -= trial.sandbox().root_user();
  trial.expect(so, {.should = fmt::format("{} of the command is {} (inside, outside, how many).",
                                          file, as_option(asked)),
                    .saw = "it maps " + in_words(seen),
                    .where = fmt::format("/proc/{}/{}", pid, file),
                    .look = look,
                    .cause = seen.empty() ? "unmapped" : "",
                    .mend = ""});
}

// Whoever is outside the map sees himself as the overflow user, 65534.
void expect_first(Trial& trial, pid_t pid, const Asked& asked, const std::string& cause) {
  const Ids right = {seen_from_here(trial, asked.users).outside,
                     seen_from_here(trial, asked.groups).outside};
  Ids seen;
  const bool so = trial.eventually(1, [&] { return (seen = ids_of(pid)) == right; });
  const auto base = static_cast<std::int64_t>(trial.sandbox().root_user());
  trial.expect(so, {.should = fmt::format("The command is the first user and the first group of "
                                          "its maps: outside, user {} and group {}.",
                                          asked.users.outside, asked.groups.outside),
                    .saw = fmt::format("outside it is user {} and group {}", seen.user - base,
                                       seen.group - base),
                    .where = fmt::format("/proc/{}/status, Uid and Gid", pid),
                    .look = fmt::format("{} id", asked.caller.user == 0 ? by_root : by_hand),
                    .cause = cause,
                    .mend = ""});
}

void expect_capable(Trial& trial, pid_t pid, const Asked& asked, const std::string& cause) {
  const std::uint64_t all = all_capabilities();
  const std::uint64_t seen = capabilities_of(pid);
  trial.expect(seen == all,
               {.should = fmt::format("The command, user 0 inside, has every capability of this "
                                      "kernel in its namespace: {:016x}.",
                                      all),
                .saw = fmt::format("it has {:016x}", seen),
                .where = fmt::format("/proc/{}/status, CapEff", pid),
                .look = fmt::format("{} grep CapEff /proc/self/status",
                                    asked.caller.user == 0 ? by_root : by_hand),
                .cause = cause,
                .mend = ""});
}

// A file that the command has made, by its owner outside.
void expect_owner(Trial& trial, const std::string& path, const Asked& asked) {
  struct stat made {};
  const std::string here = fmt::format("/proc/{}/root{}", trial.sandbox().init(), path);
  const bool there = trial.eventually(3, [&] { return ::lstat(here.c_str(), &made) == 0; });
  const auto base = static_cast<std::int64_t>(trial.sandbox().root_user());
  const bool right = there && made.st_uid - base == asked.users.outside &&
                     made.st_gid - base == asked.groups.outside;
  trial.expect(right,
               {.should = fmt::format("A file that the command makes belongs outside to user {} "
                                      "and group {}.",
                                      asked.users.outside, asked.groups.outside),
                .saw = there ? fmt::format("it belongs to user {} and group {}", made.st_uid - base,
                                           made.st_gid - base)
                             : "the command could not make it",
                .where = path,
                .look = fmt::format("{} touch /tmp/mine; ls -ln /tmp/mine",
                                    asked.caller.user == 0 ? by_root : by_hand),
                .cause = "",
                .mend = ""});
}

struct Running {
  Subject& program;
  Process command;
};

Running start_holding(Trial& trial, const Asked& asked,
                      std::vector<std::string> helper = {"hold"}) {
  const std::string token = trial.token(helper.front());
  Subject& program =
      trial.run(words_of(asked, Trial::payload(std::move(helper), token)), asked.caller);
  try {
    return {program, trial.await_payloads(program, token, 1).front()};
  } catch (Failure& failure) {
    if (program.errors().find("gid_map") != std::string::npos)
      failure.finding.cause = asked.caller.user == 0 ? "child-writes" : "gid-first";
    throw;
  }
}

void end(Trial& trial, const Running& running) {
  ::kill(running.command.pid, SIGKILL);
  trial.await_end(running.program, 10, "The program ends when its command has ended.");
}

// ── the checks
// ────────────────────────────────────────────────────────────────────────────────────

void check_maps(Trial& trial) {
  Asked asked = draw_ordinary(trial, 0);
  for (const bool groups_said : {true, false}) {
    asked.groups_said = groups_said;
    if (!groups_said) asked.users.inside = asked.groups.inside = trial.between(1, 60'000);
    const Running running = start_holding(trial, asked);
    const pid_t pid = running.command.pid;
    const std::string look = fmt::format("{} {}", by_hand, read_maps);
    expect_own_namespace(trial, pid);
    expect_map(trial, pid, "uid_map", asked.users, look);
    expect_map(trial, pid, "gid_map", asked.groups, look);
    expect_first(trial, pid, asked, "");
    end(trial, running);
  }
}

void check_capabilities(Trial& trial) {
  // More than once, since executing the command too early is a race that may be won.
  for (int round = 0; round < 5; ++round) {
    const Asked asked = draw_ordinary(trial, 0);
    const Running running = start_holding(trial, asked);
    expect_own_namespace(trial, running.command.pid);
    expect_capable(trial, running.command.pid, asked, "maps-late");
    end(trial, running);
  }
}

void check_owner(Trial& trial) {
  const Asked asked = draw_ordinary(trial, 0);
  const std::string path = "/tmp/" + trial.token("made");
  const Running running = start_holding(trial, asked, {"make", path});
  expect_own_namespace(trial, running.command.pid);
  expect_map(trial, running.command.pid, "uid_map", asked.users, by_hand);
  expect_owner(trial, path, asked);
}

void check_ranges(Trial& trial) {
  Asked asked{.caller = {}, .users = {}, .groups = {}};
  asked.users = {0, trial.between(1000, 20'000), trial.between(2, 9000)};
  asked.groups = {0, trial.between(31'000, 50'000), trial.between(2, 9000)};
  const std::string path = "/tmp/" + trial.token("made");
  const Running running = start_holding(trial, asked, {"make", path});
  const pid_t pid = running.command.pid;
  const std::string look = fmt::format("{} {}", by_root, read_maps);
  expect_own_namespace(trial, pid);
  expect_map(trial, pid, "uid_map", asked.users, look);
  expect_map(trial, pid, "gid_map", asked.groups, look);
  expect_first(trial, pid, asked, "stays-nobody");
  expect_capable(trial, pid, asked, "stays-nobody");
  expect_owner(trial, path, asked);
}

void expect_refused(Trial& trial, const Asked& asked, const std::string& users,
                    const std::string& why, const std::string& cause) {
  const std::string token = trial.token("exit");
  std::vector<std::string> words = words_of(asked, Trial::payload({"exit", "0"}, token));
  words.at(1) = users;
  const slipway::Exit exit =
      trial.await_end(trial.run(words, asked.caller), 10, "A program that refuses ends.");
  trial.expect(exit.status() == 125,
               {.should = fmt::format("--uid-map {} ends with status 125: {}.", users, why),
                .saw = fmt::format("status {}{}", exit.status(),
                                   exit.status() == 0 ? ", so the command was started" : ""),
                .where = "the program's exit status",
                .look = fmt::format("build/user --uid-map '{}' -- true; echo $?", users),
                .cause = cause,
                .mend = ""});
}

void check_refused(Trial& trial) {
  const Asked asked = draw_ordinary(trial, 0);
  const Running good = start_holding(trial, asked);  // a program that refuses all is no use
  expect_map(trial, good.command.pid, "uid_map", asked.users, by_hand);
  end(trial, good);
  const std::string own = fmt::format("{}", asked.caller.user);
  expect_refused(trial, asked, fmt::format("0:{}:1", asked.caller.user + 1),
                 "an ordinary user cannot be somebody else", "only-himself");
  expect_refused(trial, asked, "0:" + own + ":2", "an ordinary user is one user, not two",
                 "only-himself");
  for (const std::string& text :
       {"0:" + own, "0:" + own + ":1x", "0:" + own + ":1:1", ":" + own + ":1", "0:" + own + ":0"})
    expect_refused(trial, asked, text, "it is not INSIDE:OUTSIDE:COUNT, three numbers",
                   "half-a-map");
}

void check_conduct(Trial& trial) {
  const Asked asked = draw_ordinary(trial, 0);
  const Conduct conduct{by_hand,
                        [&](const std::vector<std::string>& command) -> Subject& {
                          return trial.run(words_of(asked, command), asked.caller);
                        },
                        [&](const Process& command) { expect_own_namespace(trial, command.pid); }};
  expect_status_passed(trial, conduct);
  expect_ended_by_signals(trial, conduct);
}

const Lab lab("26-user", {{"maps", check_maps},
                          {"capabilities", check_capabilities},
                          {"owner", check_owner},
                          {"ranges", check_ranges},
                          {"refused", check_refused},
                          {"conduct", check_conduct}});

}  // namespace
