#include "labkit/verdict/system.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "slipway/error.hpp"

namespace labkit {
namespace {

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

constexpr const char* masked[] = {"/proc/acpi",        "/proc/asound",        "/proc/kcore",
                                  "/proc/keys",        "/proc/latency_stats", "/proc/timer_list",
                                  "/proc/timer_stats", "/proc/sched_debug",   "/proc/scsi",
                                  "/sys/firmware"};
constexpr const char* read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                     "/proc/sysrq-trigger"};

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

struct Attempt {
  const char* name;  // of the helper's
  const char* what;
};

// A way that nobody can go anywhere would be no test: first it is gone where nothing stands in it.
bool seen_to_work(Trial& trial, const Attempt& way, const std::string& masks,
                  const std::vector<std::string>& hidden, const std::vector<std::string>& locked) {
  const std::string token = trial.token("cage");
  Subject& caged = trial.start_payload({"mask-cage", way.name, masks}, token);
  const std::vector<Process> tried = trial.await_payloads(caged, token, 3);
  const bool works = !undone_for(tried.back().pid, hidden, locked).path.empty();
  end_payloads(trial, token);
  return works;
}

void expect_holds(Trial& trial, const Conduct& conduct, const Attempt& way,
                  const std::vector<std::string>& hidden, const std::vector<std::string>& locked) {
  trial.step(fmt::format("seen: where nothing prevents it, this works: {}", way.what));
  const Arranged running = arrange(trial, conduct, {"open-masks", way.name}, 3);
  const pid_t pid = running.processes.back().pid;
  const Undone undone = undone_for(pid, hidden, locked);
  trial.expect(undone.path.empty(),
               {.should = fmt::format("{} stays hidden or read-only for the command, also when it "
                                      "does this: {}.",
                                      undone.path, way.what),
                .saw = undone.how,
                .where = fmt::format("/proc/{}/root{}", pid, undone.path),
                .look = fmt::format("{} /bin/sh -c 'umount /proc/sys; mount'", conduct.by_hand),
                .cause = "",
                .mend = ""});
  end_payloads(trial, running.token);
  trial.await_end(running.program, 10, "The program ends when its command has ended.");
}

}  // namespace

SeenPlace Look::at(const std::string& path) const {
  if (const auto place = place_seen_by(pid, path)) return *place;
  expect(false, path, "It is there.", "it is not");
  return {};
}

void Look::expect(bool so, const std::string& path, const std::string& should,
                  const std::string& saw, const std::string& cause) const {
  trial.expect(so, {.should = fmt::format("{}: {}", path, should),
                    .saw = saw,
                    .where = fmt::format("/proc/{}/root{}, /proc/{}/mountinfo", pid, path, pid),
                    .look = fmt::format("{} /bin/sh -c 'ls -ld {}; mount'", by_hand, path),
                    .cause = cause,
                    .mend = ""});
}

void expect_system_mounts(const Look& look) {
  const std::vector<SeenMount> outside = inside_of(look.trial, look.trial.sandbox().init()).mounts;
  const std::vector<SeenMount> inside = inside_of(look.trial, look.pid).mounts;
  for (const Row& row : rows)
    expect_mounted(look, row, mounted_at(inside, row.target), mounted_at(outside, row.target));
  const mode_t shared = look.at("/dev/shm").mode & 07777;
  look.expect(shared == 01777, "/dev/shm", "everybody may make files there, as in /tmp: mode 1777.",
              fmt::format("its mode is {:o}", shared), "no-sticky-bit");
  const bool own = look.trial.eventually(1, [&] {  // somebody may just have come or gone
    return proc_seen_by(look.pid) ==
           own_pids(neighbours_of(look.pid, look.trial.sandbox().groups().members()));
  });
  look.expect(
      own && namespace_of(look.pid, "pid") != namespace_of(look.trial.sandbox().init(), "pid"),
      "/proc", "it shows the command's own pid namespace: lab 23.", "it shows other processes");
}

// Those in which there is something to be read outside, as on this machine.
std::vector<std::string> paths_to_hide(Trial& trial) {
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

std::vector<std::string> paths_to_protect(Trial& trial) {
  std::vector<std::string> paths;
  for (const char* path : read_only) {
    const auto place = place_seen_by(trial.sandbox().init(), path);
    if (place && !place->has(ST_RDONLY)) paths.emplace_back(path);
  }
  if (paths.empty()) throw slipway::Error("all of /proc is read-only outside");
  trial.step(fmt::format("seen outside: {} is mounted for writing", paths.front()));
  return paths;
}

void expect_hidden(const Look& look, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    const auto place = place_seen_by(look.pid, path);
    look.expect(!place || place->empty, path, "the command finds nothing in it.",
                place && S_ISDIR(place->mode) ? "it is a folder with something in it"
                                              : "there is something to be read");
  }
  for (const SeenMount& mount : inside_of(look.trial, look.pid).mounts) {
    const bool own = mount.target == "/proc" || mount.target == "/.proc";  // that is the check's
    look.expect(own || mount.type != "proc" || mount.root != "/", mount.target,
                "no second proc is mounted there, without masks.", "there is one", "leaves-proc");
  }
}

void expect_read_only(const Look& look, const std::vector<std::string>& paths) {
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

void expect_masks_hold(Trial& trial, const Conduct& conduct, const std::vector<std::string>& hidden,
                       const std::vector<std::string>& locked) {
  // That it is there at all, before it is tried to take it away.
  const Arranged running = arrange(trial, conduct, {"hold"}, 1);
  const Undone missing = undone_for(running.processes.front().pid, hidden, locked);
  const Look look{trial, running.processes.front().pid, conduct.by_hand};
  look.expect(missing.path.empty(), missing.path, "it is hidden or read-only at first.",
              missing.how);
  end_payloads(trial, running.token);
  trial.await_end(running.program, 10, "The program ends when its command has ended.");
  const Attempt as_it_is{"as-it-is", "umount, remount, and mount /proc once more elsewhere"};
  if (!seen_to_work(trial, as_it_is, "masked", hidden, locked))
    throw slipway::Error("a mask cannot be taken off where nothing prevents it");
  expect_holds(trial, conduct, as_it_is, hidden, locked);
  const Attempt as_root{"own-user-namespace",
                        "the same as root of a user, mount and pid namespace of its own"};
  // On a machine that was started with busybox's switch_root there is always one more proc without
  // masks: the initramfs's, beneath everything.
  if (seen_to_work(trial, as_root, "bare", hidden, locked) &&
      !seen_to_work(trial, as_root, "masked", hidden, locked))
    expect_holds(trial, conduct, as_root, hidden, locked);
}

}  // namespace labkit
