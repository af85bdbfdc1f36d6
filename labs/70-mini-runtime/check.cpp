// What lab 70 must do, seen from outside: what the labs before have asked, of one container; and of
// two at once.

#include <fmt/core.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

#include <algorithm>
#include <cmath>

#include "labkit/observe/devices.hpp"
#include "labkit/observe/inside.hpp"
#include "labkit/observe/names.hpp"
#include "labkit/observe/network.hpp"
#include "labkit/observe/terminal.hpp"
#include "labkit/observe/tree.hpp"
#include "labkit/observe/users.hpp"
#include "labkit/subject/terminal.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/escape.hpp"
#include "labkit/verdict/limits.hpp"
#include "labkit/verdict/system.hpp"
#include "labkit/verdict/trap.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/file.hpp"

using namespace labkit;

namespace {

constexpr char by_hand[] = "sudo build/mini-run /tmp/slipway-root --";
constexpr const char* own_kinds[] = {"mnt", "pid", "net", "ipc", "uts"};

struct Stage {
  Trial& trial;
  std::string rootfs;
  std::vector<std::string> options;
  RunAs as;
};

std::string add_root(Trial& trial) {
  const std::string rootfs = "/tmp/" + trial.token("root");
  trial.setting().furniture.roots.push_back(rootfs);
  trial.step(fmt::format("make a root file system with one program: {}/payload", rootfs));
  return rootfs;
}

Stage prepare(Trial& trial) {
  return {trial, add_root(trial), {}, {}};
}

// The command has what makes a container: namespaces, and a root at the top of its mounts.
void expect_contained(const Stage& stage, const Process& command) {
  Trial& trial = stage.trial;
  const pid_t outside = trial.sandbox().init();
  for (const char* kind : own_kinds)
    trial.expect(
        namespace_of(command.pid, kind) != namespace_of(outside, kind),
        {.should = fmt::format("The command has a namespace of its own of the kind {}.", kind),
         .saw = "it is in that of everybody outside",
         .where = fmt::format("/proc/{}/ns/{}", command.pid, kind),
         .look = fmt::format("{} /bin/sleep 60 &   sudo lsns", by_hand),
         .cause = "",
         .mend = ""});
  const FileId root = root_of(command.pid);
  trial.expect(root == inside_of(trial, command.pid).top && root != root_of(outside),
               {.should = "The command's root is at the top of its own mount namespace: lab 30.",
                .saw = root == root_of(outside) ? "it is the old root" : "another folder is there",
                .where = fmt::format("/proc/{}/root, /proc/{}/mountinfo", command.pid, command.pid),
                .look = fmt::format("{} /bin/ls /", by_hand),
                .cause = "",
                .mend = ""});
}

Conduct conduct(const Stage& stage) {
  return {by_hand,
          [&stage](const std::vector<std::string>& command) -> Subject& {
            std::vector<std::string> words = stage.options;
            words.insert(words.end(), {stage.rootfs, "--"});
            words.insert(words.end(), command.begin(), command.end());
            std::ranges::replace(words, "/lab/payload", "/payload");  // its copy in ROOTFS
            return stage.trial.run(words, stage.as);
          },
          [&stage](const Process& command) { expect_contained(stage, command); }};
}

// All that are in the command's pid namespace: its init too.
std::vector<pid_t> processes_of(Trial& trial, pid_t pid) {
  return neighbours_of(pid, trial.sandbox().groups().members());
}

// ── names, network
// ──────────────────────────────────────────────────────────────────────────────────────

void check_namespaces(Trial& trial) {
  Stage stage = prepare(trial);
  const std::string name = trial.token("host");
  stage.options = {"--hostname", name};
  const auto before = names_seen_by(trial.sandbox().init());
  const Arranged running = arrange(trial, conduct(stage), {"hold"}, 1);
  const pid_t pid = running.processes.front().pid;
  const auto expect = [&](bool so, const char* should, const std::string& saw, const char* look) {
    trial.expect(so, {.should = should,
                      .saw = saw,
                      .where = fmt::format("/proc/{}/ns/net, /proc/{}/ns/uts, joined", pid, pid),
                      .look = fmt::format("{} {}", by_hand, look),
                      .cause = "",
                      .mend = ""});
  };
  const auto names = names_seen_by(pid);
  expect(names && names->host == name, "The host name inside is the one that was asked for.",
         names ? fmt::format("it is {}", names->host) : "the command has ended", "/bin/hostname");
  expect(names_seen_by(trial.sandbox().init()) == before, "The host name outside stays.",
         "it is another one", "/bin/true; hostname");
  const std::vector<SeenLink> links = links_seen_by(pid);
  expect(links.size() == 1 && links.front().up && loopback_from(pid) == 0,
         "Its network has the link lo, which is up, and no other: lab 25.", in_words(links),
         "/bin/ifconfig -a");
}

// ── limits
// ──────────────────────────────────────────────────────────────────────────────────────

struct Asked {
  std::int64_t memory;  // bytes
  double cpus;
  std::int64_t pids;
};

Asked ask(Stage& stage) {
  Trial& trial = stage.trial;
  const Asked asked{trial.between(20, 200) << 20,
                    static_cast<double>(trial.between(50, 1900)) / 1000, trial.between(20, 200)};
  stage.options = {"--memory", fmt::format("{}m", asked.memory >> 20),
                   "--cpus",   fmt::format("{:.3f}", asked.cpus),
                   "--pids",   fmt::format("{}", asked.pids)};
  return asked;
}

struct Limited {
  Trial& trial;
  pid_t pid;
  std::string who;

  void expect(bool so, const std::string& what, const std::string& controller,
              const std::string& file, const std::string& saw) const {
    const auto groups = groups_of(trial, pid, controller);
    trial.expect(so, {.should = fmt::format("{} is in a group that has {}.", who, what),
                      .saw = groups.empty() ? "it is in the group of everybody outside" : saw,
                      .where = (groups.empty() ? "" : groups.front() + "/") + file,
                      .look = "sudo build/mini-run --memory 50m --cpus 0.5 --pids 64 "
                              "/tmp/slipway-root -- /bin/sleep 60 &   sudo lab scope $!",
                      .cause = "",
                      .mend = ""});
  }
};

std::string in_words(const std::optional<std::int64_t>& number) {
  return number ? fmt::format("it is {}", *number) : "there is no limit";
}

void expect_limits(const Limited& limited, const Asked& asked) {
  Trial& trial = limited.trial;
  const bool v2 = tree_with(trial, "memory").version == 2;
  const auto memory = groups_of(trial, limited.pid, "memory");
  const char* file = v2 ? "memory.max" : "memory.limit_in_bytes";
  const auto bytes = least_of(memory, file);
  limited.expect(bytes == asked.memory, fmt::format("a memory limit of {} bytes", asked.memory),
                 "memory", file, in_words(bytes));
  const char* swap_file = v2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes";
  if (!memory.empty() && slipway::exists(memory.front() + "/" + swap_file)) {
    const auto swap = least_of(memory, swap_file);
    limited.expect(swap == (v2 ? 0 : asked.memory), "no swap beside it", "memory", swap_file,
                   in_words(swap));
  }
  const auto pids = least_of(groups_of(trial, limited.pid, "pids"), "pids.max");
  limited.expect(pids == asked.pids, fmt::format("room for {} tasks", asked.pids), "pids",
                 "pids.max", in_words(pids));
  const auto cpu = cpu_limit_on(trial, limited.pid);
  limited.expect(cpu && std::abs(cpu->cpus() / asked.cpus - 1) < 0.01,
                 fmt::format("a quota of {:.3f} processors", asked.cpus), "cpu",
                 "the quota and the period",
                 cpu ? fmt::format("it is {:.3f} processors", cpu->cpus()) : "there is no limit");
}

void check_limits(Trial& trial) {
  Stage stage = prepare(trial);
  const Asked asked = ask(stage);
  const Arranged running = arrange(trial, conduct(stage), {"tree"}, 3);
  for (const pid_t pid : processes_of(trial, running.processes.front().pid)) {
    const auto process = look_at(pid);
    if (!process || process->state == 'Z') continue;
    const bool command = std::ranges::count(running.processes, pid, &Process::pid) != 0;
    expect_limits({trial, pid, command ? "The command" : "Every process of the container"}, asked);
  }
}

// ── the root
// ──────────────────────────────────────────────────────────────────────────────────────

void check_root(Trial& trial) {
  trial.setting().shared_mounts = true;  // as systemd has them
  const Stage stage = prepare(trial);
  const std::vector<SeenMount> outside = inside_of(trial, trial.sandbox().init()).mounts;
  const Arranged running = arrange(trial, conduct(stage), {"hold"}, 1);
  const pid_t pid = running.processes.front().pid;
  for (const SeenMount& mount : inside_of(trial, pid).mounts) {
    const auto place = place_seen_by(pid, mount.target);
    if (place && S_ISCHR(place->mode)) continue;  // a device that could not be made is bound
    const auto old = std::ranges::find_if(outside, [&](const SeenMount& before) {
      const bool of_root = (before.target + "/").starts_with(stage.rootfs + "/");
      return !of_root && before.device == mount.device && before.root == mount.root;
    });
    if (old == outside.end()) continue;
    trial.fail({.should = "Nothing of what is mounted outside is mounted for the command.",
                .saw = fmt::format("at {} is what is mounted at {} outside, a {}", mount.target,
                                   old->target, old->type),
                .where = fmt::format("/proc/{}/mountinfo", pid),
                .look = fmt::format("{} /bin/mount", by_hand),
                .cause = "",
                .mend = ""});
  }
  expect_same_mounts_outside(trial, outside, by_hand);
}

// What is in ROOTFS and beside it, as everybody outside sees it.
struct Outside {
  std::map<std::string, SeenEntry> rootfs;
  std::vector<std::string> beside;
};

Outside look_outside(const Stage& stage) {
  const std::string root = fmt::format("/proc/{}/root", stage.trial.sandbox().init());
  Outside seen{entries_below(root, stage.rootfs), {}};
  for (const auto& [name, entry] : entries_below(root, "/tmp"))
    if (name.find('/') == std::string::npos) seen.beside.push_back(name);
  return seen;
}

void expect_unchanged(const Stage& stage, const std::map<std::string, SeenEntry>& before,
                      const std::string& when) {
  const auto after = look_outside(stage).rootfs;
  const auto differs = std::ranges::find_if(after, [&](const auto& entry) {
    const auto old = before.find(entry.first);
    return old == before.end() || old->second != entry.second;
  });
  stage.trial.expect(
      after == before,
      {.should = fmt::format("{}, ROOTFS is what it was, byte for byte: its owner, its times and "
                             "its modes too.",
                             when),
       .saw = differs == after.end() ? "something is missing in it"
                                     : fmt::format("/{} is new in it, or another", differs->first),
       .where = stage.rootfs,
       .look = fmt::format("{} /bin/touch /x; ls -l /tmp/slipway-root", by_hand),
       .cause = "writes-through",
       .mend = ""});
}

// A command that changes its root; and sees that it has.
Arranged grow(const Stage& stage, const std::string& word) {
  Trial& trial = stage.trial;
  const std::string token = trial.token("grow");
  Subject& program = conduct(stage).run(Trial::payload({"grow", word}, token));
  const Arranged all{program, trial.await_payloads(program, token, 2), token};
  expect_contained(stage, all.processes.front());
  return all;
}

void expect_word(const Stage& stage, const Process& command, const std::string& word, bool there) {
  stage.trial.expect(place_seen_by(command.pid, "/" + word).has_value() == there,
                     {.should = there ? "What the command writes into its root it finds there."
                                      : "What another container wrote is not there.",
                      .saw = fmt::format("there is {} /{}", there ? "no" : "a", word),
                      .where = fmt::format("/proc/{}/root/{}", command.pid, word),
                      .look = fmt::format("{} /bin/touch /x; {} /bin/ls /", by_hand, by_hand),
                      .cause = "",
                      .mend = ""});
}

void check_clean(Trial& trial) {
  const Stage stage = prepare(trial);
  const Outside before = look_outside(stage);
  const std::string word = trial.token("made");
  const Arranged running = grow(stage, word);
  expect_word(stage, running.processes.front(), word, true);
  expect_unchanged(stage, before.rootfs, "While the command changes its root");
  end_payloads(trial, running.token);
  trial.await_end(running.program, 10, "The program ends when its command has ended.");
  expect_unchanged(stage, before.rootfs, "After the end");
  const Outside after = look_outside(stage);
  trial.expect(after.beside == before.beside,
               {.should = "After the end, no file is left anywhere.",
                .saw = fmt::format("in /tmp there are {} files where there were {}",
                                   after.beside.size(), before.beside.size()),
                .where = "/tmp",
                .look = fmt::format("ls /tmp | wc -l; {} /bin/true; ls /tmp | wc -l", by_hand),
                .cause = "upper-in-tmp",
                .mend = ""});
  const Arranged again = arrange(trial, conduct(stage), {"hold"}, 1);
  expect_word(stage, again.processes.front(), word, false);
}

void check_two(Trial& trial) {
  Stage stage = prepare(trial);
  ask(stage);
  const std::string words[] = {trial.token("one"), trial.token("other")};
  const Arranged one = grow(stage, words[0]);
  const Arranged other = grow(stage, words[1]);
  const Process& first = one.processes.front();
  const Process& second = other.processes.front();
  for (const char* kind : own_kinds)
    trial.expect(
        namespace_of(first.pid, kind) != namespace_of(second.pid, kind),
        {.should = fmt::format("Two containers share no namespace of the kind {}.", kind),
         .saw = "they are in the same",
         .where = fmt::format("/proc/{}/ns/{}, /proc/{}/ns/{}", first.pid, kind, second.pid, kind),
         .look = "sudo lsns",
         .cause = "",
         .mend = ""});
  trial.expect(groups_of(trial, first.pid, "memory") != groups_of(trial, second.pid, "memory"),
               {.should = "Each container has a group of its own, for its own limits.",
                .saw = "they are in the same",
                .where = fmt::format("/proc/{}/cgroup, /proc/{}/cgroup", first.pid, second.pid),
                .look = "find /sys/fs/cgroup -type d -path '*slipway*'",
                .cause = "",
                .mend = ""});
  expect_word(stage, first, words[1], false);
  expect_word(stage, second, words[0], false);
  end_payloads(trial, one.token);
  trial.await_end(one.program, 10, "The program ends when its command has ended.");
  trial.expect(trial.payloads(other.token).size() == 2,
               {.should = "The end of one container is nothing to the other.",
                .saw = "the other has ended too",
                .where = fmt::format("/proc/{}", second.pid),
                .look = "",
                .cause = "",
                .mend = ""});
}

// ── what of a system it has, and what it cannot do with it
// ──────────────────────────────────────────────────────────────────────────────────────

void check_system(Trial& trial) {
  const Stage stage = prepare(trial);
  const std::vector<std::string> hidden = paths_to_hide(trial);
  const std::vector<std::string> locked = paths_to_protect(trial);
  const Arranged running = arrange(trial, conduct(stage), {"hold"}, 1);
  const Look look{trial, running.processes.front().pid, by_hand};
  expect_system_mounts(look);
  expect_hidden(look, hidden);
  expect_read_only(look, locked);
}

void check_locked(Trial& trial) {
  const Stage stage = prepare(trial);
  const std::vector<std::string> hidden = paths_to_hide(trial);
  expect_masks_hold(trial, conduct(stage), hidden, paths_to_protect(trial));
}

struct Power {
  int number;
  const char* name;
  const char* use;
};

constexpr Power powers[] = {
    {CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "mount and unmount"},
    {CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "read and write other processes"},
    {CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH", "open files of outside by their numbers"},
    {CAP_SYS_MODULE, "CAP_SYS_MODULE", "load modules into the kernel"},
    {CAP_SYS_RAWIO, "CAP_SYS_RAWIO", "reach the machine's memory and ports"},
    {CAP_SYS_BOOT, "CAP_SYS_BOOT", "restart the machine"},
    {CAP_SYS_TIME, "CAP_SYS_TIME", "set its clock"},
    {CAP_NET_ADMIN, "CAP_NET_ADMIN", "change links and routes"}};

void check_confined(Trial& trial) {
  const Stage stage = prepare(trial);
  const Arranged running = arrange(trial, conduct(stage), {"hold"}, 1);
  const pid_t pid = running.processes.front().pid;
  // Root of a lesser user namespace has all of them, and none counts outside.
  const bool lesser = namespace_of(pid, "user") != namespace_of(trial.sandbox().init(), "user");
  const auto expect_not = [&](const Power& power, bool has) {
    trial.expect(!has, {.should = fmt::format("The command has no {}: with it, root may {}.",
                                              power.name, power.use),
                        .saw = "it has it",
                        .where = fmt::format("/proc/{}/status: CapEff", pid),
                        .look = fmt::format("{} /bin/grep Cap /proc/self/status", by_hand),
                        .cause = "",
                        .mend = ""});
  };
  for (const Power& power : powers)
    expect_not(power, !lesser && (capabilities_of(pid) >> power.number & 1) != 0);
  const bool may_make = !lesser && (capabilities_of(pid) >> CAP_MKNOD & 1) != 0;
  const auto allowed = may_make ? devices_allowed(pid, {{'b', 8, 0, "m"}}) : std::nullopt;
  expect_not({CAP_MKNOD, "CAP_MKNOD (or rules for its group: lab 17)", "make the disk's node"},
             may_make && (!allowed || allowed->front()));
  end_payloads(trial, running.token);
  trial.await_end(running.program, 10, "The program ends when its command has ended.");

  Cage cage{stage.rootfs, {}, std::nullopt};
  cage.as.folder = static_cast<int>(trial.between(3, 900));
  trial.step(fmt::format("hand down to the program: / of outside, open, as descriptor {}",
                         cage.as.folder));
  const Stage handed{trial, stage.rootfs, {}, cage.as};
  expect_stays_in(trial, conduct(handed), cage,
                  {"descriptor", "through any open folder that it was born with", ""});
  expect_stays_in(trial, conduct(handed), cage,
                  {"chroot", "chroot to a folder below the working folder, and up from there", ""});
  expect_stays_in(trial, conduct(handed), cage,
                  {"proc", "through /proc/PID/root of any process that it sees", ""});
}

void check_link(Trial& trial) {
  std::vector<Trap> traps = {{"", "/proc", "proc"}, {"", "/sys", "sysfs"}, {"", "/dev", "tmpfs"}};
  for (Trap& trap : traps) trap.rootfs = add_root(trial);
  const Stage without = prepare(trial);
  end_payloads(trial, arrange(trial, conduct(without), {"hold"}, 1).token);  // no link: it runs
  for (const Trap& trap : traps)
    expect_link_stays_inside(trial, conduct({trial, trap.rootfs, {}, {}}), trap);
}

// ── its first process
// ──────────────────────────────────────────────────────────────────────────────────────

void check_init(Trial& trial) {
  const Stage stage = prepare(trial);
  const auto count = static_cast<size_t>(trial.between(2, 5));
  const Arranged running =
      arrange(trial, conduct(stage), {"orphans", fmt::format("{}", count)}, count + 1);
  trial.step(fmt::format("{} orphans, whose parent has ended; end them", count));
  for (const Process& orphan : running.processes) {
    if (orphan.pid == running.processes.front().pid) continue;
    ::kill(orphan.pid, SIGKILL);
    const bool reaped = trial.eventually(3, [&] { return !look_at(orphan.pid); });
    trial.expect(reaped, {.should = "An orphan that has ended is reaped: lab 23.",
                          .saw = "it is a zombie",
                          .where = fmt::format("/proc/{}/stat, after the name: Z", orphan.pid),
                          .look = fmt::format("{} /bin/sh -c '(sleep 1 &) ; sleep 2; ps'", by_hand),
                          .cause = "",
                          .mend = ""});
  }
  trial.expect(!trial.payloads(running.token).empty(),
               {.should = "The end of an orphan is not the end of the command.",
                .saw = "the command is gone",
                .where = fmt::format("/proc/{}", running.processes.front().pid),
                .look = "",
                .cause = "",
                .mend = ""});
}

// ── the terminal
// ──────────────────────────────────────────────────────────────────────────────────────

struct AtTerminal {
  Trial& trial;
  pid_t pid;
  void expect(bool so, const std::string& should, const std::string& saw) const {
    trial.expect(so, {.should = should,
                      .saw = saw,
                      .where = fmt::format("/proc/{}/fd", pid),
                      .look = "sudo build/mini-run /tmp/slipway-root -- /bin/sh   # then: tty; "
                              "stty size; sleep 60, and ^C",
                      .cause = "",
                      .mend = ""});
  }
};

void expect_own_terminal(const AtTerminal& look, const SeenTerminal& outside) {
  const auto devpts = place_seen_by(look.pid, "/dev/pts");
  for (const int descriptor : {0, 1, 2}) {
    const auto its = terminal_of(look.pid, descriptor);
    look.expect(its && devpts && its->file_system == devpts->file_system,
                fmt::format("Descriptor {} of the command is a terminal of its own /dev/pts, where "
                            "the program itself has one.",
                            descriptor),
                its ? "it is a terminal of outside" : "it is none");
  }
  for (const pid_t pid : processes_of(look.trial, look.pid))
    look.expect(!holds_terminal(pid, outside),
                "No process of the container holds the terminal of outside: with it, one types "
                "commands into the shell there.",
                fmt::format("process {} does", pid));
}

void check_terminal(Trial& trial) {
  Stage stage = prepare(trial);
  stage.as.terminal = true;
  const std::string status = fmt::format("{}", trial.between(3, 90));
  trial.step("give the program a terminal");
  const std::string token = trial.token("talk");
  Subject& program = conduct(stage).run(Trial::payload({"talk"}, token));
  const SeenTerminal outside = slave_of(program.terminal());
  const AtTerminal look{trial, trial.await_payloads(program, token, 1).front().pid};
  expect_own_terminal(look, outside);
  const auto expect_size = [&](const WindowSize& size) {
    SeenTerminal its;
    const bool same = trial.eventually(3, [&] {
      its = terminal_of(look.pid, 0).value_or(SeenTerminal{});
      return its.size == size;
    });
    look.expect(
        same,
        fmt::format("It has the size of the one outside: {} rows of {}.", size.rows, size.columns),
        fmt::format("it has {} rows of {}", its.size.rows, its.size.columns));
  };
  const WindowSize size{static_cast<unsigned>(trial.between(10, 60)),
                        static_cast<unsigned>(trial.between(40, 200))};
  trial.step("change its size");
  set_size(program.terminal(), size);
  expect_size(size);

  std::string said = trial.token("word");
  program.type(said + "\n");
  trial.step(fmt::format("type {}; the command says it backwards", said));
  std::ranges::reverse(said);
  look.expect(trial.eventually(5, [&] { return program.output().find(said) != std::string::npos; }),
              "What is typed reaches the command, and what it says comes back.",
              "no answer came back");
  end_payloads(trial, token);
  trial.await_end(program, 10, "The program ends when its command has ended.");

  const Arranged running =
      arrange(trial, conduct(stage), {"answer", fmt::format("{}", SIGINT), status}, 2);
  trial.step("type ^C");
  running.program.type("\x03");
  expect_status(trial, running.program, std::stoi(status),
                "^C is a SIGINT for the command: the terminal is that of its session.",
                "sudo build/mini-run /tmp/slipway-root -- /bin/sh   # sleep 60, and ^C", "");
}

// ── its end
// ──────────────────────────────────────────────────────────────────────────────────────

void check_status(Trial& trial) {
  const Stage stage = prepare(trial);
  expect_status_passed(trial, conduct(stage));
  for (const int number : {SIGTERM, SIGINT}) {
    const std::string status = fmt::format("{}", trial.between(3, 90));
    const Arranged running =
        arrange(trial, conduct(stage), {"answer", fmt::format("{}", number), status}, 2);
    trial.step(fmt::format("send signal {} to the program", number));
    running.program.signal(number);
    expect_status(trial, running.program, std::stoi(status),
                  "A signal to the program reaches the command, which has a handler for it.",
                  fmt::format("{} /bin/sh -c 'trap \"exit 7\" TERM; sleep 60 & wait' &   sleep 1; "
                              "sudo kill $!; wait $!; echo $?",
                              by_hand),
                  "");
  }
}

void check_ended(Trial& trial) {
  Stage stage = prepare(trial);
  ask(stage);
  const std::set<std::string> before = all_groups(trial);
  expect_ended_by_signals(trial, conduct(stage));
  expect_groups_removed(trial, before, "After the end");
  const std::string token = trial.token("daemon");
  Subject& leaving = conduct(stage).run(Trial::payload({"daemon"}, token));
  trial.step("the command leaves a process behind, and ends");
  trial.await_end(leaving, 10, "The program ends when its command has ended, whoever is left.");
  expect_ended(trial, token, "After the end of the command,", "ps -e f");
  expect_groups_removed(trial, before, "After the end");
  const Arranged running = arrange(trial, conduct(stage), {"tree"}, 3);
  trial.step("send SIGKILL to the program");
  running.program.signal(SIGKILL);
  expect_ended(trial, running.token, "Even after a SIGKILL for the program,",
               fmt::format("{} /bin/sleep 60 &   sudo kill -KILL $!; pgrep -a sleep", by_hand));
}

const Lab lab("70-mini-runtime", {{"namespaces", check_namespaces},
                                  {"limits", check_limits},
                                  {"root", check_root},
                                  {"clean", check_clean},
                                  {"two", check_two},
                                  {"system", check_system},
                                  {"locked", check_locked},
                                  {"confined", check_confined},
                                  {"link", check_link},
                                  {"init", check_init},
                                  {"terminal", check_terminal},
                                  {"status", check_status},
                                  {"ended", check_ended}});

}  // namespace
