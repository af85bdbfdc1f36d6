// What lab 23 must do, seen from outside.

#include <signal.h>

#include <algorithm>

#include "labkit/observe/inside.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"

using namespace labkit;

namespace {

constexpr char by_hand[] = "sudo build/pid --";

// A command that holds: its program, and its processes, the command itself first.
struct Running {
  Subject& program;
  std::vector<Process> processes;

  pid_t command() const { return processes.front().pid; }
};

std::vector<std::string> words(const std::vector<std::string>& helper, const std::string& token) {
  std::vector<std::string> all = Trial::payload(helper, token);
  all.insert(all.begin(), "--");
  return all;
}

// Everyone in the pid namespace of `pid`, by the pids that the checker has for them.
std::vector<pid_t> neighbours(Trial& trial, pid_t pid) {
  return neighbours_of(pid, trial.sandbox().groups().members());
}

// The first process of that namespace, or 0.
pid_t init_of(Trial& trial, pid_t pid) {
  for (const pid_t member : neighbours(trial, pid)) {
    const std::vector<pid_t> pids = pids_inside(member);
    if (!pids.empty() && pids.back() == 1) return member;
  }
  return 0;
}

void expect_own_namespace(Trial& trial, const Running& running) {
  const ino_t ours = namespace_of(trial.sandbox().init(), "pid");
  const bool child_inside = std::ranges::any_of(running.processes, [&](const Process& process) {
    return namespace_of(process.pid, "pid") != ours;
  });
  for (const Process& process : running.processes) {
    const std::string who = process.pid == running.command() ? "the command" : "its child";
    trial.expect(
        namespace_of(process.pid, "pid") != ours,
        {.should = "The command and its children are in a new pid namespace.",
         .saw = fmt::format("{} is in pid:[{}], and so is every process outside{}", who, ours,
                            child_inside ? "; its children are in another" : ""),
         .where = fmt::format("/proc/{}/ns/pid, /proc/{}/status: NSpid", process.pid, process.pid),
         .look = fmt::format("{} sleep 60 &   sudo lsns -t pid", by_hand),
         .cause = child_inside ? "no-fork" : "pretends",
         .mend = ""});
  }
}

// Starts a helper as the command, and sees it in a namespace of its own.
Running start_command(Trial& trial, const std::vector<std::string>& helper, size_t processes) {
  const std::string token = trial.token(helper[0]);
  Subject& program = trial.run(words(helper, token));
  try {
    const Running running{program, trial.await_payloads(program, token, processes)};
    expect_own_namespace(trial, running);
    return running;
  } catch (Failure& failure) {
    // The kernel lets nobody mount a proc of a pid namespace that is not his own.
    const std::string& said = program.errors();
    if (said.find("proc") != std::string::npos && said.find("not permitted") != std::string::npos)
      failure.finding.cause = "no-fork";
    throw;
  }
}

std::string listed(const std::vector<pid_t>& pids) {
  std::string text;
  for (pid_t pid : pids) text += fmt::format("{}{}", text.empty() ? "" : ", ", pid);
  return text.empty() ? "none" : text;
}

void expect_exit(Trial& trial, Subject& program, int status, const std::string& should,
                 const std::string& script, const std::string& cause) {
  expect_status(trial, program, status, should, fmt::format("{} {}; echo $?", by_hand, script),
                cause);
}

void expect_all_ended(Trial& trial, const std::string& token, const std::string& after,
                      const std::string& cause) {
  const bool ended = trial.eventually(2, [&] { return trial.payloads(token).empty(); });
  trial.expect(ended, {.should = fmt::format("{}, no process of the namespace is left.", after),
                       .saw = fmt::format("{} of the command's processes are still there",
                                          trial.payloads(token).size()),
                       .where = "/proc",
                       .look = fmt::format("{} sh -c 'sleep 60 & sleep 60' &   ps -e f", by_hand),
                       .cause = cause,
                       .mend = ""});
}

// ── the checks
// ──────────────────────────────────────────────────────────────────────────────────────

void check_namespace(Trial& trial) {
  const Running running = start_command(trial, {"tree"}, 3);
  const size_t outside = pids_inside(trial.sandbox().init()).size();
  for (const Process& process : running.processes) {
    const std::vector<pid_t> pids = pids_inside(process.pid);
    trial.expect(pids.size() > outside,
                 {.should = "A process in the new namespace has a pid more: the one it has inside.",
                  .saw = fmt::format("its pids are {}", listed(pids)),
                  .where = fmt::format("/proc/{}/status, the line NSpid", process.pid),
                  .look = fmt::format("{} grep NSpid /proc/self/status", by_hand),
                  .cause = "",
                  .mend = ""});
  }
  trial.expect(namespace_of(running.program.pid(), "pid") != namespace_of(running.command(), "pid"),
               {.should = "The program itself stays outside: no process ever changes its own pid.",
                .saw = "it is in the command's namespace",
                .where = fmt::format("/proc/{}/ns/pid", running.program.pid()),
                .look = fmt::format("{} sleep 60 &   sudo ls -l /proc/$!/ns/pid", by_hand),
                .cause = "",
                .mend = ""});
}

void check_proc(Trial& trial) {
  trial.setting().shared_mounts = true;  // as systemd has them: a mount travels unless it is kept
  const pid_t sandbox_init = trial.sandbox().init();
  const Running running = start_command(trial, {"tree"}, 3);
  std::vector<pid_t> own;  // by the pids they have inside
  std::optional<std::vector<pid_t>> seen;
  trial.eventually(1, [&] {
    own = own_pids(neighbours(trial, running.command()));
    seen = proc_seen_by(running.command());
    return seen && *seen == own;
  });
  trial.expect(seen && *seen == own,
               {.should = fmt::format("/proc shows the command the processes of its namespace, by "
                                      "the pids that they have there: {}.",
                                      listed(own)),
                .saw = seen ? fmt::format("it shows {}", listed(*seen)) : "no proc is mounted",
                .where = fmt::format("/proc/{}/root/proc", running.command()),
                .look = fmt::format("{} ps -e", by_hand),
                .cause = "old-proc",
                .mend = ""});
  const auto outside = proc_seen_by(sandbox_init);
  const bool shared = namespace_of(running.command(), "mnt") == namespace_of(sandbox_init, "mnt");
  trial.expect(
      outside && *outside != own,
      {.should = "Outside, /proc stays what it was: the new one is mounted for the command alone.",
       .saw = "every process outside sees the command's /proc now",
       .where = fmt::format("/proc/{}/mountinfo", sandbox_init),
       .look = "sudo unshare -m --propagation private sh -c 'mount --make-rshared /; build/pid -- "
               "true; ls -l /proc/self'",
       .cause = shared ? "proc-for-all" : "proc-travels",
       .mend = "sudo umount /proc   # after a run by hand"});
}

void check_orphans(Trial& trial) {
  const auto count = static_cast<size_t>(trial.between(2, 5));
  const Running running = start_command(trial, {"orphans", fmt::format("{}", count)}, count + 1);
  trial.step(
      fmt::format("{} orphans, whose parent has ended; end them, one after the other", count));
  for (const Process& orphan : running.processes) {
    if (orphan.pid == running.command()) continue;
    ::kill(orphan.pid, SIGKILL);
    trial.eventually(3, [&] { return !look_at(orphan.pid); });
    const auto left = look_at(orphan.pid);
    trial.expect(
        !left,
        {.should = "An orphan that has ended is reaped: the kernel gives it to the "
                   "init of its namespace, whose wait(2) lets it go.",
         .saw = fmt::format("it is {}", left && left->state == 'Z' ? "a zombie" : "still there"),
         .where = fmt::format("/proc/{}/stat, after the name: Z", orphan.pid),
         .look = fmt::format("{} sh -c '(sleep 1 &) ; sleep 2; ps -e -o "
                             "pid,ppid,stat,args'",
                             by_hand),
         .cause = init_of(trial, running.command()) == running.command() ? "command-is-init"
                                                                         : "waits-for-one",
         .mend = ""});
    trial.pause(0.02 * trial.patience());  // for an init that ends now to have ended
    trial.expect(!trial.payloads(orphan.arguments.back()).empty(),
                 {.should = "The end of an orphan is not the end of the command, which runs on.",
                  .saw = "the command is gone, and its namespace with it",
                  .where = fmt::format("/proc/{}", running.command()),
                  .look = fmt::format("{} sh -c '(sleep 1 &) ; sleep 2; echo here'", by_hand),
                  .cause = "first-to-end",
                  .mend = ""});
  }
  trial.step("end the command");
  ::kill(running.command(), SIGKILL);
  expect_exit(trial, running.program, 128 + SIGKILL,
              "When SIGKILL ends the command, the status is 137, however many orphans there were.",
              "sh -c 'kill -KILL $$'", "loses-status");
}

void check_signals(Trial& trial) {
  for (const int number : {SIGTERM, SIGINT}) {
    const std::string signal = number == SIGTERM ? "SIGTERM" : "SIGINT";
    const int status = static_cast<int>(trial.between(3, 90));
    const Running running =
        start_command(trial, {"answer", fmt::format("{}", number), fmt::format("{}", status)}, 2);
    trial.step(fmt::format("send {} to the program", signal));
    running.program.signal(number);
    const auto exit = running.program.wait(4 * trial.patience());
    const std::string script =
        "sh -c 'trap \"exit 7\" TERM; sleep 60 & wait' & sleep 1; sudo pkill -TERM -P $!; wait $!";
    trial.expect(
        exit && exit->status() == status,
        {.should = fmt::format("{} reaches the command, which has a handler for it and then ends "
                               "with status {}; so does the program.",
                               signal, status),
         .saw = exit ? fmt::format("the program ended with status {}", exit->status())
                     : fmt::format("the command got no signal within {:.0f} seconds",
                                   4 * trial.patience()),
         .where = fmt::format("the program's exit status; /proc/{}/status: SigCgt, SigBlk",
                              init_of(trial, running.command())),
         .look = fmt::format("{} {}; echo $?", by_hand, script),
         .cause = !exit                             ? "signals-lost"
                  : exit->status() == 128 + SIGKILL ? "kills-instead"
                                                    : "",
         .mend = ""});
    expect_all_ended(trial, running.processes.front().arguments.back(),
                     "When the command has ended", "");
  }
}

void check_status(Trial& trial) {
  const int status = static_cast<int>(trial.between(3, 90));
  Subject& brief = trial.run(words({"exit", fmt::format("{}", status)}, trial.token("exit")));
  expect_exit(trial, brief, status,
              fmt::format("The program's exit status is the command's: {}.", status),
              "sh -c 'exit 7'", "loses-status");
  const Running killed = start_command(trial, {"hold"}, 1);
  trial.step("end the command with SIGUSR1, from outside");
  ::kill(killed.command(), SIGUSR1);
  expect_exit(trial, killed.program, 128 + SIGUSR1,
              "When a signal ends the command, the status is 128 + its number.",
              "sh -c 'kill -USR1 $$'", "loses-status");
  Subject& missing = trial.run({"--", "/" + trial.token("nothing")});
  expect_exit(trial, missing, 127, "Without such a command, the status is 127.", "/nothing",
              "exec fails with ENOENT then: what the first process returns must say so.");
}

void check_ended(Trial& trial) {
  const Running running = start_command(trial, {"orphans", "2"}, 3);
  const std::string token = running.processes.front().arguments.back();
  const pid_t init = init_of(trial, running.command());
  trial.expect(init != 0, {.should = "The namespace has a process 1 while the command runs.",
                           .saw = "none of its processes is pid 1 inside",
                           .where = "/proc/*/status, the lines NSpid",
                           .look = fmt::format("{} ps -e", by_hand),
                           .cause = "",
                           .mend = ""});
  trial.step("end the namespace's process 1 with SIGKILL");
  ::kill(init, SIGKILL);
  trial.await_end(running.program, 10, "The program ends when its init has ended.");
  expect_all_ended(trial, token, "After the end of process 1", "");

  const std::string second = trial.token("daemon");
  Subject& leaving = trial.run(words({"daemon"}, second));
  trial.step("the command leaves a process behind, and ends");
  trial.await_end(leaving, 10, "The program ends when its command has ended, whoever is left.");
  expect_all_ended(trial, second, "After the end of the command", "init-stays");
}

const Lab lab("23-pid", {{"namespace", check_namespace},
                         {"proc", check_proc},
                         {"orphans", check_orphans},
                         {"signals", check_signals},
                         {"status", check_status},
                         {"ended", check_ended}});

}  // namespace
