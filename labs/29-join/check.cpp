// What lab 29 must do, seen from outside.

#include <signal.h>

#include <algorithm>

#include "labkit/observe/namespaces.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

using Kinds = std::vector<std::string>;

constexpr char by_hand[] = "sudo build/join --target PID --namespaces uts,pid -- bash";

std::string joined(const Kinds& kinds) {
  std::string text;
  for (const std::string& kind : kinds) text += (text.empty() ? "" : ",") + kind;
  return text;
}

// In another order, from the trial's own numbers.
Kinds shuffled(Trial& trial, Kinds kinds) {
  for (auto left = std::ssize(kinds) - 1; left > 0; --left)
    std::swap(kinds[static_cast<size_t>(left)], kinds[static_cast<size_t>(trial.between(0, left))]);
  return kinds;
}

// The process whose namespaces are to be joined.
struct Target {
  Process process;
  pid_t inside = 0;  // its pid where the program runs
};

// The processes of a helper of ours. When they do not come, that is no fault of the program's.
std::vector<Process> await_helper(Trial& trial, Subject& helper, const std::string& token,
                                  size_t count) {
  try {
    return trial.await_payloads(helper, token, count);
  } catch (const Failure& failure) {
    throw slipway::Error(fmt::format("the check's helper has not started: {}; it says: {}",
                                     failure.finding.saw, helper.errors()));
  }
}

Target start(Trial& trial, const std::vector<std::string>& words, size_t processes) {
  const std::string token = trial.token("target");
  Subject& keeper = trial.start_payload(words, token);
  const auto found = await_helper(trial, keeper, token, processes);
  const auto moved = [&](const Process& process) {  // the keeper's child that shares less with it
    return process.parent == keeper.pid() &&
           std::ranges::any_of(kinds_of_namespaces(), [&](const std::string& kind) {
             return namespace_of(process.pid, kind) != namespace_of(keeper.pid(), kind);
           });
  };
  const auto target = std::ranges::find_if(found, moved);
  if (target == found.end()) throw slipway::Error("the check's helper has started no target");
  const std::vector<pid_t> pids = pids_inside(target->pid);
  if (pids.size() < 2) throw slipway::Error("the check's helper has ended");
  trial.step(fmt::format("the target is process {}", pids[1]));
  return {*target, pids[1]};
}

Target start_target(Trial& trial, const std::string& kinds, const std::string& root = "/",
                    const std::string& folder = "/tmp") {
  return start(trial, {"target", kinds, root, folder}, 3);
}

Subject& run(Trial& trial, const Target& target, const Kinds& kinds,
             const std::vector<std::string>& command) {
  std::vector<std::string> words = {"--target", fmt::format("{}", target.inside), "--namespaces",
                                    joined(kinds), "--"};
  words.insert(words.end(), command.begin(), command.end());
  return trial.run(words);
}

// A command that holds in the target's namespaces.
Process hold_in(Trial& trial, const Target& target, const Kinds& kinds, const std::string& cause) {
  const std::string token = trial.token("hold");
  Subject& program = run(trial, target, kinds, Trial::payload({"hold"}, token));
  try {
    return trial.await_payloads(program, token, 1).front();
  } catch (Failure& failure) {
    if (!cause.empty()) failure.finding.cause = cause;
    throw;
  }
}

void expect_same(Trial& trial, const Process& command, pid_t other, const std::string& kind,
                 const std::string& should, const std::string& cause) {
  const ino_t is = namespace_of(command.pid, kind);
  const ino_t so = namespace_of(other, kind);
  trial.expect(is != 0 && is == so,
               {.should = should,
                .saw = fmt::format("it is in {}:[{}], not in {}:[{}]", kind, is, kind, so),
                .where = fmt::format("/proc/{}/ns/{}", command.pid, kind),
                .look = fmt::format("{} -c 'ls -l /proc/self/ns'", by_hand),
                .cause = cause,
                .mend = ""});
}

void expect_joined(Trial& trial, const Process& command, const Target& target, const Kinds& kinds,
                   const std::string& cause) {
  for (const std::string& kind : kinds)
    expect_same(
        trial, command, target.process.pid, kind,
        fmt::format("The command is in the {} namespace of process {}.", kind, target.inside),
        cause);
}

void expect_left_alone(Trial& trial, const Process& command, const Kinds& named) {
  for (const std::string& kind : kinds_of_namespaces())
    if (std::ranges::find(named, kind) == named.end())
      expect_same(trial, command, trial.sandbox().init(), kind,
                  fmt::format("Of the type {}, which was not named, the command is where the "
                              "program was started.",
                              kind),
                  "joins-all");
}

// ── the checks
// ──────────────────────────────────────────────────────────────────────────────────────

void check_named(Trial& trial) {
  const Target target = start_target(trial, "cgroup,ipc,mnt,net,pid,time,uts");
  for (int round = 0; round < 2; ++round) {
    Kinds kinds = shuffled(trial, {"cgroup", "ipc", "mnt", "net", "time", "uts"});
    kinds.resize(static_cast<size_t>(trial.between(2, 5)));
    const Process command = hold_in(trial, target, kinds, "");
    expect_joined(trial, command, target, kinds, "new-namespaces");
    expect_left_alone(trial, command, kinds);
  }
}

void check_pid(Trial& trial) {
  const Target target = start_target(trial, "pid,uts");
  const Process command = hold_in(trial, target, {"pid", "uts"}, "");
  expect_joined(trial, command, target, {"pid"}, "no-fork");
  const size_t deep = pids_inside(target.process.pid).size();
  trial.expect(
      pids_inside(command.pid).size() == deep,
      {.should = "The command has a pid in each pid namespace in which the target has one.",
       .saw = fmt::format("it has {} of {}", pids_inside(command.pid).size(), deep),
       .where = fmt::format("/proc/{}/status, NSpid", command.pid),
       .look = "grep NSpid /proc/PID/status",
       .cause = "no-fork",
       .mend = ""});
  expect_joined(trial, command, target, {"uts"}, "");
}

void expect_folder(Trial& trial, const Process& command, const std::string& link, pid_t other,
                   const std::string& should, const std::string& cause) {
  const auto at = [&](pid_t pid) { return file_id(fmt::format("/proc/{}/{}", pid, link)); };
  trial.expect(at(command.pid) == at(other) && at(other) != FileId{},
               {.should = should,
                .saw = "it is another folder",
                .where = fmt::format("/proc/{}/{}", command.pid, link),
                .look = "sudo ls -l /proc/PID/root /proc/PID/cwd, of the target and of the command",
                .cause = cause,
                .mend = ""});
}

// That it was given nothing but its standard input, output and error.
void expect_no_descriptors(Trial& trial, const Process& command) {
  std::string open;
  for (const std::string& name : slipway::list_folder(fmt::format("/proc/{}/fd", command.pid)))
    if (slipway::to_number(name) > 2) open += (open.empty() ? "" : ", ") + name;
  trial.expect(open.empty(),
               {.should = "The command inherits no descriptor but 0, 1 and 2: one of a folder "
                          "outside would be a way out of the target's root.",
                .saw = fmt::format("it has {} as well", open),
                .where = fmt::format("/proc/{}/fd", command.pid),
                .look = fmt::format("{} -c 'ls -l /proc/self/fd'", by_hand),
                .cause = "leaks-descriptors",
                .mend = ""});
}

void check_folders(Trial& trial) {
  const std::string root = "/tmp/" + trial.token("root");
  const Target target = start_target(trial, "mnt,uts", root, "/" + trial.token("work"));
  trial.step(fmt::format("its root is {}, and it works in a folder there", root));
  const pid_t pid = target.process.pid;
  const Process with = hold_in(trial, target, {"mnt"}, "namespace-root");
  expect_joined(trial, with, target, {"mnt"}, "");
  expect_folder(trial, with, "root", pid,
                "With mnt, the command's root is the target's root, which need not be the top of "
                "its mount namespace.",
                "namespace-root");
  expect_folder(trial, with, "cwd", pid, "With mnt, the command's working folder is the target's.",
                "keeps-folder");
  expect_no_descriptors(trial, with);
  const Process without = hold_in(trial, target, {"uts"}, "");
  const pid_t init = trial.sandbox().init();
  expect_folder(trial, without, "root", init, "Without mnt, the command's root stays as it was.",
                "always-enters");
}

void check_user(Trial& trial) {
  const Target target = start_target(trial, "net,ipc+user,uts");
  trial.step("it was in its network when it began its user namespace");
  const Kinds kinds = shuffled(trial, {"net", "ipc", "user", "uts"});
  const Process command = hold_in(trial, target, kinds, "user-first");
  expect_joined(trial, command, target, kinds, "user-first");
}

void check_owner(Trial& trial) {
  trial.setting().capabilities = {};
  trial.step("from now on, nobody has a capability outside the user namespaces that he begins");
  const Target target = start_target(trial, "user,net,uts");
  const Kinds kinds = shuffled(trial, {"net", "user", "uts"});
  const Process command = hold_in(trial, target, kinds, "user-last");
  expect_joined(trial, command, target, kinds, "user-last");

  // Its pid namespace is the sandbox's own, and so not his to join.
  const std::string token = trial.token("hold");
  Subject& program = run(trial, target, {"user", "uts", "pid"}, Trial::payload({"hold"}, token));
  const bool ends = trial.eventually(
      5, [&] { return program.wait(0).has_value() || !trial.payloads(token).empty(); });
  const auto exit = program.wait(0);
  trial.expect(ends && exit && exit->status() != 0 && trial.payloads(token).empty(),
               {.should = "When a namespace cannot be joined, the program fails, and the command "
                          "is not run: it would run in another place than was asked for.",
                .saw = exit ? fmt::format("the program ended with status {}", exit->status())
                            : "the command runs",
                .where = "/proc, and the program's exit status",
                .look = "",
                .cause = "runs-anyway",
                .mend = ""});
}

void check_one_process(Trial& trial) {
  const Target target = start(trial, {"double"}, 4);
  trial.step(fmt::format("in its own /proc, {} is another process", target.inside));
  const Kinds kinds = {"mnt", "uts", "ipc"};
  const Process command = hold_in(trial, target, kinds, "by-number");
  expect_joined(trial, command, target, kinds, "by-number");
}

void expect_exit(Trial& trial, Subject& program, int status, const std::string& should,
                 const std::string& cause) {
  expect_status(trial, program, status, should,
                "sudo build/join --target $$ --namespaces uts -- sh -c 'exit 7'; echo $?", cause);
}

void check_terminated(Trial& trial, const Target& target) {
  const std::string token = trial.token("hold");
  Subject& program = run(trial, target, {"pid", "uts"}, Trial::payload({"hold"}, token));
  trial.await_payloads(program, token, 1);
  trial.step("send SIGTERM to the program");
  program.signal(SIGTERM);
  trial.await_end(program, 10, "SIGTERM ends the program, and its command.");
  trial.expect(
      trial.eventually(3, [&] { return trial.payloads(token).empty(); }),
      {.should = "SIGTERM ends the command, too: nothing outlives the program.",
       .saw = "the command is still running",
       .where = "/proc",
       .look = fmt::format("{} -c 'exec sleep 60' & sleep 1; kill $!; pgrep sleep", by_hand),
       .cause = "forgets-signals",
       .mend = ""});
}

void check_ends(Trial& trial) {
  const Target target = start_target(trial, "pid,uts");
  const int status = static_cast<int>(trial.between(3, 90));
  const Kinds kinds = {"pid", "uts"};
  expect_exit(trial,
              run(trial, target, kinds,
                  Trial::payload({"exit", fmt::format("{}", status)}, trial.token("exit"))),
              status, fmt::format("The program's exit status is the command's: {}.", status),
              "swallows-status");
  expect_exit(trial, run(trial, target, kinds, Trial::payload({"die", "9"}, trial.token("die"))),
              128 + SIGKILL, "When a signal ends the command, the status is 128 + its number.",
              "swallows-status");
  expect_exit(trial, run(trial, target, kinds, {"/" + trial.token("nothing")}), 127,
              "Without such a command, the status is 127.", "");
  check_terminated(trial, target);
  const std::string token = trial.token("hold");
  const Target nobody{target.process, static_cast<pid_t>(trial.between(3'000'000, 3'999'999))};
  Subject& program = run(trial, nobody, {"uts"}, Trial::payload({"hold"}, token));
  trial.eventually(5,
                   [&] { return program.wait(0).has_value() || !trial.payloads(token).empty(); });
  const auto exit = program.wait(0);
  trial.expect(exit && exit->status() != 0,
               {.should = fmt::format("There is no process {}: the program fails, and does not run "
                                      "the command.",
                                      nobody.inside),
                .saw = exit ? "it ended with status 0" : "the command runs",
                .where = "the program's exit status",
                .look = "",
                .cause = "runs-anyway",
                .mend = ""});
}

const Lab lab("29-join", {{"named", check_named},
                          {"pid", check_pid},
                          {"folders", check_folders},
                          {"user", check_user},
                          {"owner", check_owner},
                          {"one-process", check_one_process},
                          {"ends", check_ends}});

}  // namespace
