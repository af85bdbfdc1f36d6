// What lab 21 must do, seen from outside.

#include <sched.h>
#include <signal.h>

#include "labkit/observe/names.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"

using namespace labkit;

namespace {

constexpr char by_hand[] = "sudo build/uts --hostname inside --domainname example --";
constexpr size_t longest_name = 64;  // sethostname(2): HOST_NAME_MAX

std::string in_words(const Names& names) {
  return fmt::format("host name \"{}\", domain name \"{}\"", names.host, names.domain);
}

Names draw_names(Trial& trial) {
  return {trial.token("host"), trial.token("domain") + ".example"};
}

Names seen_by(Trial& trial, pid_t pid, const std::string& who) {
  if (const auto names = names_seen_by(pid)) return *names;
  trial.fail({.should = fmt::format("{} runs while it is looked at.", who),
              .saw = "it ended before",
              .where = fmt::format("/proc/{}", pid),
              .look = "",
              .cause = "The program's own words, below, may say why.",
              .mend = ""});
}

Subject& run_named(Trial& trial, const Names& names, const std::vector<std::string>& command) {
  std::vector<std::string> arguments = {"--hostname", names.host, "--domainname", names.domain,
                                        "--"};
  arguments.insert(arguments.end(), command.begin(), command.end());
  return trial.run(arguments);
}

void expect_names(Trial& trial, pid_t pid, const Names& names, const std::string& who) {
  Names seen;
  const bool right = trial.eventually(1, [&] {
    seen = seen_by(trial, pid, who);
    return seen == names;
  });
  const bool only_host = seen.host == names.host;
  trial.expect(right, {.should = fmt::format("{} has the names that were asked for: {}.", who,
                                             in_words(names)),
                       .saw = in_words(seen),
                       .where = fmt::format("uname(2), in /proc/{}/ns/uts", pid),
                       .look = fmt::format("{} sh -c 'hostname; domainname'", by_hand),
                       .cause = only_host ? "host-only" : "",
                       .mend = ""});
}

void expect_own_namespace(Trial& trial, pid_t pid, const std::string& who) {
  const ino_t outside = namespace_of(trial.sandbox().init(), "uts");
  trial.expect(
      namespace_of(pid, "uts") != outside,
      {.should = fmt::format("{} is in a UTS namespace of its own: that is where the "
                             "names are kept.",
                             who),
       .saw = fmt::format("it is in uts:[{}], and so is every process outside", outside),
       .where = fmt::format("/proc/{}/ns/uts", pid),
       .look = fmt::format("{} readlink /proc/self/ns/uts; readlink /proc/self/ns/uts", by_hand),
       .cause = "",
       .mend = ""});
}

// ── the checks
// ──────────────────────────────────────────────────────────────────────────────────────

void check_names(Trial& trial) {
  const Names names = draw_names(trial);
  const std::string token = trial.token("tree");
  Subject& program = run_named(trial, names, Trial::payload({"tree"}, token));
  const std::vector<Process> processes = trial.await_payloads(program, token, 3);
  for (const Process& process : processes) {
    const std::string who =
        process.pid == processes.front().pid ? "The command" : "A child of the command";
    expect_own_namespace(trial, process.pid, who);
    expect_names(trial, process.pid, names, who);
  }
}

void expect_outside(Trial& trial, const Names& before, bool own, const std::string& when) {
  const Names after = seen_by(trial, trial.sandbox().init(), "The sandbox");
  const std::string cause = !own                        ? "shares-names"
                            : after.host == before.host ? "domain-outside"
                                                        : "sets-first";
  trial.expect(
      after == before,
      {.should =
           fmt::format("{} the names outside are what they were: {}.", when, in_words(before)),
       .saw = fmt::format("for every process outside it is now {}", in_words(after)),
       .where = "uname(2), outside",
       .look = fmt::format("hostname; domainname; {} true; hostname; domainname", by_hand),
       .cause = cause,
       .mend = fmt::format("sudo hostname {}; sudo domainname '{}'   # after a run by hand",
                           before.host, before.domain)});
}

void check_outside(Trial& trial) {
  const Names before = seen_by(trial, trial.sandbox().init(), "The sandbox");
  const Names names = draw_names(trial);
  const std::string token = trial.token("hold");
  Subject& program = run_named(trial, names, Trial::payload({"hold"}, token));
  const pid_t pid = trial.await_payloads(program, token, 1).front().pid;
  expect_names(trial, pid, names, "The command");
  const bool own = namespace_of(pid, "uts") != namespace_of(trial.sandbox().init(), "uts");
  expect_outside(trial, before, own, "While the command runs,");
  ::kill(pid, SIGKILL);
  trial.await_end(program, 10, "The program ends when its command has ended.");
  expect_outside(trial, before, own, "After the command's end,");
}

// While it lives, what the checker starts runs on one processor, where nobody interrupts another by
// waking up: so a command comes to its first look before its parent does anything else.
class CommandFirst {
 public:
  CommandFirst() {
    slipway::check(::sched_getaffinity(0, sizeof before_, &before_), "read the processors");
    size_t number = 0;
    while (!CPU_ISSET(number, &before_)) ++number;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(number, &one);
    slipway::check(::sched_setaffinity(0, sizeof one, &one), "keep to one processor");
    set_class(SCHED_BATCH);
  }
  CommandFirst(const CommandFirst&) = delete;
  CommandFirst& operator=(const CommandFirst&) = delete;
  ~CommandFirst() {
    ::sched_setaffinity(0, sizeof before_, &before_);
    set_class(SCHED_OTHER);
  }

 private:
  static void set_class(int scheduler) {
    const sched_param none{};
    ::sched_setscheduler(0, scheduler, &none);
  }

  cpu_set_t before_;
};

void check_in_time(Trial& trial) {
  // More than once, since setting them too late is a race that the program may win.
  for (int round = 0; round < 8; ++round) {
    const Names names = draw_names(trial);
    const std::string token = trial.token("named");
    std::optional<CommandFirst> first_look(std::in_place);
    Subject& program = run_named(trial, names, Trial::payload({"named"}, token));
    first_look.reset();
    Process command;
    // The helper asks first of all, then becomes another with the answer on its command line.
    trial.eventually(5, [&] {
      command = trial.await_payloads(program, token, 1).front();
      return command.arguments.size() == 5 && command.arguments[1] == "hold";
    });
    if (command.arguments.size() != 5)
      throw slipway::Error("the helper did not say which names it saw");
    const Names first{command.arguments[2], command.arguments[3]};
    trial.expect(first == names,
                 {.should = fmt::format("The command's first look shows its own names: {}.",
                                        in_words(names)),
                  .saw = in_words(first),
                  .where = "uname(2), called by the command as the first thing it does",
                  .look = fmt::format("{} hostname", by_hand),
                  .cause = "",
                  .mend = ""});
    ::kill(command.pid, SIGKILL);
    trial.await_end(program, 10, "The program ends when its command has ended.");
  }
}

void check_refused(Trial& trial) {
  Names names = draw_names(trial);
  names.host += std::string(longest_name - names.host.size(), 'x');
  std::string token = trial.token("hold");
  Subject& taken = run_named(trial, names, Trial::payload({"hold"}, token));
  const pid_t pid = trial.await_payloads(taken, token, 1).front().pid;
  expect_names(trial, pid, names, "The command");
  for (std::string* name : {&names.host, &names.domain}) {
    names = draw_names(trial);
    *name += std::string(longest_name + 1 - name->size(), 'x');
    token = trial.token("hold");
    Subject& program = run_named(trial, names, Trial::payload({"hold"}, token));
    bool started = false;
    std::optional<slipway::Exit> end;
    trial.eventually(10, [&] {
      started |= !trial.payloads(token).empty();
      end = program.wait(0);
      return started || end;
    });
    trial.expect(!started && end && end->status() == 125,
                 {.should = "The kernel takes no name longer than 64 bytes: the program says so, "
                            "ends with status 125, and starts nothing.",
                  .saw = started ? "it started the command"
                         : end   ? fmt::format("it ended with status {}", end->status())
                                 : "it neither started the command nor ended",
                  .where = "the program's exit status, and /proc",
                  .look = "sudo build/uts --hostname $(printf %065d 0) --domainname example -- "
                          "hostname; echo $?",
                  .cause = "",
                  .mend = ""});
  }
}

Conduct conduct(Trial& trial) {
  const Names names = draw_names(trial);
  return {by_hand,
          [=, &trial](const auto& command) -> Subject& { return run_named(trial, names, command); },
          [=, &trial](const Process& command) {
            expect_own_namespace(trial, command.pid, "The command");
            expect_names(trial, command.pid, names, "The command");
          }};
}

void check_status(Trial& trial) {
  expect_status_passed(trial, conduct(trial));
}

void check_terminated(Trial& trial) {
  expect_ended_by_signals(trial, conduct(trial));
}

const Lab lab("21-uts", {{"names", check_names},
                         {"outside", check_outside},
                         {"in-time", check_in_time},
                         {"refused", check_refused},
                         {"status", check_status},
                         {"terminated", check_terminated}});

}  // namespace
