// What lab 32 must do, seen from outside.

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include <algorithm>

#include "labkit/observe/inside.hpp"
#include "labkit/observe/place.hpp"
#include "labkit/observe/tree.hpp"
#include "labkit/verdict/conduct.hpp"
#include "labkit/verdict/trial.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

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

// ── what is mounted
// ──────────────────────────────────────────────────────────────────────────────────────

constexpr unsigned long quiet = ST_NOSUID | ST_NODEV | ST_NOEXEC;

struct Row {
  const char* target;
  const char* type;
  unsigned long flags;
  bool own;  // and not one of outside
};

constexpr Row rows[] = {
    {"/proc", "proc", quiet, true},     {"/sys", "sysfs", quiet | ST_RDONLY, false},
    {"/dev", "tmpfs", ST_NOSUID, true}, {"/dev/pts", "devpts", ST_NOSUID | ST_NOEXEC, true},
    {"/dev/shm", "tmpfs", quiet, true}, {"/dev/mqueue", "mqueue", quiet, false}};

// The mount that lies on top at a place; nothing when nothing is mounted there.
const SeenMount* mounted_at(const std::vector<SeenMount>& mounts, const std::string& target) {
  const auto last = std::ranges::find(mounts.rbegin(), mounts.rend(), target, &SeenMount::target);
  return last == mounts.rend() ? nullptr : &*last;
}

std::string in_words(unsigned long flags) {
  std::string words;
  for (const auto& [flag, word] : {std::pair{ST_RDONLY, "ro"},
                                   {ST_NOSUID, "nosuid"},
                                   {ST_NODEV, "nodev"},
                                   {ST_NOEXEC, "noexec"}})
    if ((flags & static_cast<unsigned long>(flag)) != 0) words += fmt::format(" {}", word);
  return words.empty() ? "none" : words.substr(1);
}

struct Look {
  Trial& trial;
  pid_t pid;

  // What the command finds at a path that must be there.
  SeenPlace at(const std::string& path) const {
    if (const auto place = place_seen_by(pid, path)) return *place;
    expect(false, path, "It is there.", "it is not");
    return {};
  }

  void expect(bool so, const std::string& path, const std::string& should, const std::string& saw,
              const std::string& cause = "") const {
    trial.expect(so, {.should = fmt::format("{}: {}", path, should),
                      .saw = saw,
                      .where = fmt::format("/proc/{}/root{}, /proc/{}/mountinfo", pid, path, pid),
                      .look = fmt::format("{} /bin/sh -c 'ls -ld {}; mount'", by_hand, path),
                      .cause = cause,
                      .mend = ""});
  }
};

void expect_mounted(const Look& look, const Row& row, const SeenMount* mount,
                    const SeenMount* outside) {
  const std::string what = fmt::format("a {} is mounted there.", row.type);
  look.expect(mount != nullptr, row.target, what, "nothing is mounted there");
  look.expect(!row.own || outside == nullptr || outside->device != mount->device, row.target,
              fmt::format("it is a new {}, and not the one of outside.", row.type),
              fmt::format("it is what is mounted at {} outside, too", row.target), "host-dev");
  look.expect(mount->type == row.type, row.target, what, fmt::format("it is a {}", mount->type));
  const SeenPlace place = look.at(row.target);
  look.expect(place.has(row.flags), row.target,
              fmt::format("its flags are at least: {}.", in_words(row.flags)),
              fmt::format("they are: {}", in_words(place.flags)), "forgets-flags");
}

void check_mounts(Trial& trial) {
  const Stage stage = prepare(trial);
  const Arranged running = arrange(trial, conduct(stage), {"hold"}, 1);
  const Look look{trial, running.processes.front().pid};
  const std::vector<SeenMount> outside = inside_of(trial, trial.sandbox().init()).mounts;
  const std::vector<SeenMount> inside = inside_of(trial, look.pid).mounts;
  for (const Row& row : rows)
    expect_mounted(look, row, mounted_at(inside, row.target), mounted_at(outside, row.target));
  const mode_t shared = look.at("/dev/shm").mode & 07777;
  look.expect(shared == 01777, "/dev/shm", "everybody may make files there, as in /tmp: mode 1777.",
              fmt::format("its mode is {:o}", shared), "no-sticky-bit");
  const bool own = trial.eventually(1, [&] {  // somebody may just have come or gone
    return proc_seen_by(look.pid) ==
           own_pids(neighbours_of(look.pid, trial.sandbox().groups().members()));
  });
  look.expect(own && namespace_of(look.pid, "pid") != namespace_of(trial.sandbox().init(), "pid"),
              "/proc", "it shows the command's own pid namespace: lab 23.",
              "it shows other processes");
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
  const Look look{trial, running.processes.front().pid};
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
  const Look look{trial, running.processes.front().pid};
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

constexpr const char* masked[] = {"/proc/acpi",        "/proc/asound",        "/proc/kcore",
                                  "/proc/keys",        "/proc/latency_stats", "/proc/timer_list",
                                  "/proc/timer_stats", "/proc/sched_debug",   "/proc/scsi",
                                  "/sys/firmware"};
constexpr const char* read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                     "/proc/sysrq-trigger"};

// Those in which there is something to be read outside, as on this machine.
std::vector<std::string> to_hide(Trial& trial) {
  std::vector<std::string> paths;
  for (const char* path : masked) {
    const auto place = place_seen_by(trial.sandbox().init(), path);
    if (place && !place->empty) paths.emplace_back(path);
  }
  if (paths.empty())
    trial.blocked("anything in /proc or /sys that a container must not read",
                  "ls /proc/timer_list");
  trial.step("seen outside: there is something to be read at " + paths.front());
  return paths;
}

std::vector<std::string> to_protect(Trial& trial) {
  std::vector<std::string> paths;
  for (const char* path : read_only) {
    const auto place = place_seen_by(trial.sandbox().init(), path);
    if (place && !place->has(ST_RDONLY)) paths.emplace_back(path);
  }
  if (paths.empty()) throw slipway::Error("all of /proc is read-only outside");
  trial.step(fmt::format("seen outside: {} is mounted for writing", paths.front()));
  return paths;
}

void check_masked(Trial& trial) {
  const Stage stage = prepare(trial);
  const std::vector<std::string> paths = to_hide(trial);
  const Arranged running = arrange(trial, conduct(stage), {"hold"}, 1);
  const Look look{trial, running.processes.front().pid};
  for (const std::string& path : paths) {
    const auto place = place_seen_by(look.pid, path);
    look.expect(!place || place->empty, path, "the command finds nothing in it.",
                place && S_ISDIR(place->mode) ? "it is a folder with something in it"
                                              : "there is something to be read");
  }
  for (const SeenMount& mount : inside_of(trial, look.pid).mounts) {
    const bool own = mount.target == "/proc" || mount.target == "/.proc";  // that is the check's
    look.expect(own || mount.type != "proc" || mount.root != "/", mount.target,
                "no second proc is mounted there, without masks.", "there is one", "leaves-proc");
  }
}

void check_read_only(Trial& trial) {
  const Stage stage = prepare(trial);
  const std::vector<std::string> paths = to_protect(trial);
  const Arranged running = arrange(trial, conduct(stage), {"hold"}, 1);
  const Look look{trial, running.processes.front().pid};
  for (const std::string& path : paths) {
    const auto place = place_seen_by(look.pid, path);
    if (!place) continue;
    look.expect(place->has(ST_RDONLY), path, "it is mounted read-only.",
                "it is mounted for writing", "one-call");
    look.expect(place->has(quiet), path,
                fmt::format("it still has the flags that /proc has: {}.", in_words(quiet)),
                fmt::format("they are: {}", in_words(place->flags)), "loses-flags");
  }
}

// ── what the command can undo
// ──────────────────────────────────────────────────────────────────────────────────────

struct Undone {
  std::string path;  // empty: nothing
  std::string how;
};

Undone undone_for(pid_t pid, const std::vector<std::string>& hidden,
                  const std::vector<std::string>& locked) {
  const auto second = place_seen_by(pid, "/tmp");
  if (second && second->type == PROC_SUPER_MAGIC)
    for (const std::string& path : hidden) {
      if (!path.starts_with("/proc/")) continue;
      const auto bare = place_seen_by(pid, "/tmp" + path.substr(5));
      if (bare && !bare->empty) return {path, "a second proc is mounted at /tmp, without a mask"};
    }
  for (const std::string& path : hidden) {
    const auto place = place_seen_by(pid, path);
    if (place && !place->empty) return {path, "there is something to be read in it again"};
  }
  for (const std::string& path : locked) {
    const auto place = place_seen_by(pid, path);
    if (place && !place->has(ST_RDONLY)) return {path, "it is mounted for writing again"};
  }
  return {};
}

struct Way {
  const char* name;  // of the helper's
  const char* what;
};

// A way that nobody can go anywhere would be no test: first it is gone where nothing stands in it.
bool seen_to_work(Trial& trial, const Way& way, const std::string& masks,
                  const std::vector<std::string>& hidden, const std::vector<std::string>& locked) {
  const std::string token = trial.token("cage");
  Subject& caged = trial.start_payload({"mask-cage", way.name, masks}, token);
  const std::vector<Process> tried = trial.await_payloads(caged, token, 3);
  const bool works = !undone_for(tried.back().pid, hidden, locked).path.empty();
  end_payloads(trial, token);
  return works;
}

void expect_holds(const Stage& stage, const Way& way, const std::vector<std::string>& hidden,
                  const std::vector<std::string>& locked) {
  Trial& trial = stage.trial;
  trial.step(fmt::format("seen: where nothing prevents it, this works: {}", way.what));
  const Arranged running = arrange(trial, conduct(stage), {"open-masks", way.name}, 3);
  const pid_t pid = running.processes.back().pid;
  const Undone undone = undone_for(pid, hidden, locked);
  trial.expect(undone.path.empty(),
               {.should = fmt::format("{} stays hidden or read-only for the command, also when it "
                                      "does this: {}.",
                                      undone.path, way.what),
                .saw = undone.how,
                .where = fmt::format("/proc/{}/root{}", pid, undone.path),
                .look = fmt::format("{} /bin/sh -c 'umount /proc/sys; mount'", by_hand),
                .cause = "",
                .mend = ""});
  end_payloads(trial, running.token);
  trial.await_end(running.program, 10, "The program ends when its command has ended.");
}

void check_locked(Trial& trial) {
  const Stage stage = prepare(trial);
  const std::vector<std::string> hidden = to_hide(trial);
  const std::vector<std::string> locked = to_protect(trial);
  // That it is there at all, before it is tried to take it away.
  const Arranged running = arrange(trial, conduct(stage), {"hold"}, 1);
  const Undone missing = undone_for(running.processes.front().pid, hidden, locked);
  const Look look{trial, running.processes.front().pid};
  look.expect(missing.path.empty(), missing.path, "it is hidden or read-only at first.",
              missing.how);
  end_payloads(trial, running.token);
  trial.await_end(running.program, 10, "The program ends when its command has ended.");
  const Way as_it_is{"as-it-is", "umount, remount, and mount /proc once more elsewhere"};
  if (!seen_to_work(trial, as_it_is, "masked", hidden, locked))
    throw slipway::Error("a mask cannot be taken off where nothing prevents it");
  expect_holds(stage, as_it_is, hidden, locked);
  const Way as_root{"own-user-namespace",
                    "the same as root of a user, mount and pid namespace of its own"};
  // On a machine that was started with busybox's switch_root there is always one more proc without
  // masks: the initramfs's, beneath everything.
  if (seen_to_work(trial, as_root, "bare", hidden, locked) &&
      !seen_to_work(trial, as_root, "masked", hidden, locked))
    expect_holds(stage, as_root, hidden, locked);
}

// ── a root file system that sets a trap
// ──────────────────────────────────────────────────────────────────────────────────────

// A folder of this name is in the root, and outside, where the link leads who follows it there.
std::string set_trap(const Stage& stage, const Row& row) {
  Trial& trial = stage.trial;
  const std::string folder = "/tmp/" + trial.token("elsewhere");
  const std::string link = trial.between(0, 1) == 0 ? folder : "../../../.." + folder;
  Subject& planter = trial.start_payload({"plant", stage.rootfs, row.target + 1, folder, link},
                                         trial.token("plant"));
  if (trial.await_end(planter, 10, "The helper makes the link.").status() != 0)
    throw slipway::Error("the helper could not make the link");
  trial.step(fmt::format("{}{} is now a link to {}; there is such a folder outside, and in {}",
                         stage.rootfs, row.target, link, stage.rootfs));
  return folder;
}

void expect_nothing_made(Trial& trial, const std::string& folder) {
  const std::string outside = fmt::format("/proc/{}/root", trial.sandbox().init());
  const size_t made = entries_below(outside, folder).size() - 1;  // beside itself
  trial.expect(made == 0, {.should = "Nothing is made in the folder outside.",
                           .saw = fmt::format("{} files are", made),
                           .where = folder + ", outside",
                           .look = fmt::format("ls -l {}", folder),
                           .cause = "follows-link",
                           .mend = ""});
}

void expect_link_stays_inside(const Stage& stage, const Row& row) {
  Trial& trial = stage.trial;
  const std::string folder = set_trap(stage, row);
  const std::string token = trial.token("hold");
  Subject& program = conduct(stage).run(Trial::payload({"hold"}, token));
  const bool decided = trial.eventually(
      10, [&] { return program.wait(0).has_value() || !trial.payloads(token).empty(); });
  const std::vector<Process> command = trial.payloads(token);
  expect_nothing_made(trial, folder);
  if (command.empty()) {  // then it has to have refused, which is an answer
    const auto exit = decided ? program.wait(0) : std::nullopt;
    return trial.expect(
        exit && exit->status() == 125,
        {.should = "The program takes the link for what it is in ROOTFS, or "
                   "refuses it with status 125.",
         .saw = exit ? fmt::format("it ended with {}", exit->status()) : "it does neither",
         .where = "the program's exit status",
         .look = "",
         .cause = "",
         .mend = ""});
  }
  const auto mounts = inside_of(trial, command.front().pid).mounts;
  const bool mounted = std::ranges::any_of(mounts, [&](const SeenMount& mount) {
    return mount.type == row.type && (mount.target == folder || mount.target == row.target);
  });
  trial.expect(
      mounted,
      {.should = fmt::format("The link leads into ROOTFS, to {}{}, and there the {} is "
                             "mounted (or the program refuses it with status 125).",
                             stage.rootfs, folder, row.type),
       .saw = "it is not mounted there: the link was followed outside",
       .where = fmt::format("/proc/{}/mountinfo", command.front().pid),
       .look = fmt::format("ln -s /tmp /tmp/slipway-root{}; {} /bin/mount", row.target, by_hand),
       .cause = "follows-link",
       .mend = ""});
  end_payloads(trial, token);
}

// All three: who follows a link may then fail for another reason, which looks like a refusal.
void check_link(Trial& trial) {
  for (int i = 0; i < 3; ++i)
    trial.setting().furniture.roots.push_back("/tmp/" + trial.token("trap"));
  const std::vector<std::string> traps = trial.setting().furniture.roots;
  const Stage without = prepare(trial);
  end_payloads(trial, arrange(trial, conduct(without), {"hold"}, 1).token);  // no link: it runs
  for (size_t i = 0; i < traps.size(); ++i)
    expect_link_stays_inside({trial, traps[i], {}}, rows[i]);
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
