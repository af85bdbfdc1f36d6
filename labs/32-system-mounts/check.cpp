// What lab 32 must do, seen from outside.

#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "labkit/observe/inside.hpp"
#include "labkit/observe/place.hpp"
#include "labkit/observe/tree.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/system.hpp"
#include "labkit/verdict/trap.hpp"
#include "labkit/verdict/trial.hpp"

using namespace labkit;

namespace {

constexpr char by_hand[] = "sudo build/system-mounts /tmp/slipway-root --";

struct Stage {
  Trial& trial;
  std::string rootfs;
  FileId root;  // the folder ROOTFS
};

Stage prepare(Trial& trial) {
  const std::string rootfs = "/tmp/" + trial.token("root");
  trial.setting().furniture.roots.push_back(rootfs);
  trial.step(fmt::format("make a root file system with one program: {}/payload", rootfs));
  return {trial, rootfs, file_id(fmt::format("/proc/{}/root{}", trial.sandbox().init(), rootfs))};
}

// The root is that of lab 30, and at least something is mounted in it.
void expect_furnished(const Stage& stage, const Process& command) {
  const FileId root = file_id(fmt::format("/proc/{}/root", command.pid));
  stage.trial.expect(
      root == stage.root && inside_of(stage.trial, command.pid).top == stage.root,
      {.should = fmt::format("{} is the root of the command, and the top of its "
                             "mount namespace: lab 30.",
                             stage.rootfs),
       .saw = root == stage.root ? "at the top is another folder" : "its root is another folder",
       .where = fmt::format("/proc/{}/root", command.pid),
       .look = fmt::format("{} /bin/ls /", by_hand),
       .cause = "",
       .mend = ""});
  stage.trial.expect(proc_seen_by(command.pid).has_value(),
                     {.should = "The command has a /proc.",
                      .saw = "there is no proc at /proc",
                      .where = fmt::format("/proc/{}/root/proc", command.pid),
                      .look = fmt::format("{} /bin/ls /proc", by_hand),
                      .cause = "",
                      .mend = ""});
}

Conduct conduct(const Stage& stage) {
  return {by_hand,
          [&stage](const std::vector<std::string>& command) -> Subject& {
            std::vector<std::string> words = {stage.rootfs, "--"};
            words.insert(words.end(), command.begin(), command.end());
            if (words[2] == "/lab/payload") words[2] = "/payload";  // its copy in ROOTFS
            return stage.trial.run(words);
          },
          [&stage](const Process& command) { expect_furnished(stage, command); }};
}

Look look_at_command(const Arranged& running, Trial& trial) {
  return {trial, running.processes.front().pid, by_hand};
}

// ── what is mounted
// ──────────────────────────────────────────────────────────────────────────────────────

void check_mounts(Trial& trial) {
  const Stage stage = prepare(trial);
  expect_system_mounts(look_at_command(arrange(trial, conduct(stage), {"hold"}, 1), trial));
}

// ── devices
// ──────────────────────────────────────────────────────────────────────────────────────

struct Device {
  const char* name;
  unsigned major, minor;
};

// In the order in which the helper opens them; tty opens only for who has a terminal.
constexpr Device devices[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
                              {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
constexpr int first_opened = 10;

struct Link {
  const char* name;
  const char* text;
  const char* near;  // the same, through /dev/fd
};

constexpr Link links[] = {{"fd", "/proc/self/fd", "../proc/self/fd"},
                          {"stdin", "/proc/self/fd/0", "fd/0"},
                          {"stdout", "/proc/self/fd/1", "fd/1"},
                          {"stderr", "/proc/self/fd/2", "fd/2"}};

void expect_device(const Look& look, const Device& device, int opened) {
  const std::string path = fmt::format("/dev/{}", device.name);
  const SeenPlace place = look.at(path);
  look.expect(place.is_device(device.major, device.minor), path,
              fmt::format("the character device {}:{}.", device.major, device.minor),
              S_ISCHR(place.mode)
                  ? fmt::format("it is the device {}:{}", major(place.device), minor(place.device))
              : S_ISREG(place.mode) ? "it is a file"
                                    : "it is something else");
  look.expect((place.mode & 0666) == 0666, path, "everybody may read and write it: mode 0666.",
              fmt::format("its mode is {:04o}", place.mode & 07777));
  struct stat file;
  const bool open = ::stat(fmt::format("/proc/{}/fd/{}", look.pid, opened).c_str(), &file) == 0 &&
                    file.st_rdev == makedev(device.major, device.minor);
  look.expect(open || std::string(device.name) == "tty", path, "it can be opened.",
              "the command could not open it");
}

void expect_no_other_device(const Look& look) {
  for (const auto& [name, entry] : entries_below(fmt::format("/proc/{}/root", look.pid), "/dev")) {
    const unsigned number = major(entry.device);
    const bool of_all = number == 1 || number == 5 || (number >= 136 && number <= 143);
    const bool bad = S_ISBLK(entry.mode) || (S_ISCHR(entry.mode) && !of_all) ||
                     (S_ISCHR(entry.mode) && number == 1 && minor(entry.device) < 3);  // memory
    look.expect(!bad, "/dev/" + name, "no device is there but those that every container has.",
                fmt::format("it is the device {}:{}", number, minor(entry.device)));
  }
}

void check_devices(Trial& trial) {
  const Stage stage = prepare(trial);
  const Arranged running = arrange(trial, conduct(stage), {"devices"}, 2);
  const Look look = look_at_command(running, trial);
  int opened = first_opened;
  for (const Device& device : devices) expect_device(look, device, opened++);
  expect_no_other_device(look);
  const auto entries = entries_below(fmt::format("/proc/{}/root", look.pid), "/dev");
  for (const Link& link : links) {
    const auto found = entries.find(link.name);
    const bool right = found != entries.end() && S_ISLNK(found->second.mode) &&
                       (found->second.content == link.text || found->second.content == link.near);
    look.expect(right, fmt::format("/dev/{}", link.name), fmt::format("a link to {}.", link.text),
                found == entries.end() ? "there is none" : "it is something else");
  }
}

void check_terminal(Trial& trial) {
  const Stage stage = prepare(trial);
  const Arranged running = arrange(trial, conduct(stage), {"devices"}, 2);
  const Look look = look_at_command(running, trial);
  const SeenPlace ptmx = look.at("/dev/ptmx");
  look.expect(ptmx.is_device(5, 2) && (ptmx.mode & 0666) == 0666, "/dev/ptmx",
              "the device 5:2, or a link to it, and everybody may open it: mode 0666.",
              fmt::format("its mode is {:04o}", ptmx.mode & 07777), "no-ptmxmode");
  const int opened = first_opened + static_cast<int>(std::size(devices)) - 1;
  struct stat file;
  const bool open = ::stat(fmt::format("/proc/{}/fd/{}", look.pid, opened).c_str(), &file) == 0;
  look.expect(open && file.st_rdev == makedev(5, 2), "/dev/ptmx", "who opens it has a terminal.",
              "the command could not open it", "ptmx-of-host");
  const auto terminal = place_seen_by(look.pid, "/dev/pts/0");
  look.expect(terminal && major(terminal->device) == 136, "/dev/pts/0",
              "it is the terminal that the command has just made.",
              "it is not there: the terminal was made in another devpts", "ptmx-of-host");
}

// ── what is hidden, and what is read-only
// ──────────────────────────────────────────────────────────────────────────────────────

void check_masked(Trial& trial) {
  const Stage stage = prepare(trial);
  const std::vector<std::string> paths = paths_to_hide(trial);
  expect_hidden(look_at_command(arrange(trial, conduct(stage), {"hold"}, 1), trial), paths);
}

void check_read_only(Trial& trial) {
  const Stage stage = prepare(trial);
  const std::vector<std::string> paths = paths_to_protect(trial);
  expect_read_only(look_at_command(arrange(trial, conduct(stage), {"hold"}, 1), trial), paths);
}

// ── what the command can undo
// ──────────────────────────────────────────────────────────────────────────────────────

void check_locked(Trial& trial) {
  const Stage stage = prepare(trial);
  const std::vector<std::string> hidden = paths_to_hide(trial);
  expect_masks_hold(trial, conduct(stage), hidden, paths_to_protect(trial));
}

// ── a root file system that sets a trap
// ──────────────────────────────────────────────────────────────────────────────────────

// All three: who follows a link may then fail for another reason, which looks like a refusal.
void check_link(Trial& trial) {
  std::vector<Trap> traps = {{"", "/proc", "proc"}, {"", "/sys", "sysfs"}, {"", "/dev", "tmpfs"}};
  for (Trap& trap : traps)
    trial.setting().furniture.roots.push_back(trap.rootfs = "/tmp/" + trial.token("trap"));
  const Stage without = prepare(trial);
  end_payloads(trial, arrange(trial, conduct(without), {"hold"}, 1).token);  // no link: it runs
  for (const Trap& trap : traps)
    expect_link_stays_inside(trial, conduct({trial, trap.rootfs, {}}), trap);
}

void check_status(Trial& trial) {
  const Stage stage = prepare(trial);
  expect_status_passed(trial, conduct(stage));
}

void check_terminated(Trial& trial) {
  const Stage stage = prepare(trial);
  expect_ended_by_signals(trial, conduct(stage));
}

const Lab lab("32-system-mounts", {{"mounts", check_mounts},
                                   {"devices", check_devices},
                                   {"terminal", check_terminal},
                                   {"masked", check_masked},
                                   {"read-only", check_read_only},
                                   {"locked", check_locked},
                                   {"link", check_link},
                                   {"status", check_status},
                                   {"terminated", check_terminated}});

}  // namespace
