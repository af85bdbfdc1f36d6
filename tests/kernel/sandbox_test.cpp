// What a hostile program finds in a sandbox, asked from inside by a shell, whose answers arrive as
// a file or output, and looked at from outside.
#include "labkit/subject/sandbox.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "labkit/observe/process.hpp"
#include "labkit/subject/run.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/namespace.hpp"

using namespace labkit;
using machine::eventually;
using machine::is_alive;

namespace {

constexpr double long_enough = 60;  // seconds

/// A sandbox of a run of its own.
struct Place {
  explicit Place(const SandboxOptions& options = {})
      : name(run.next_name()), folder(run.make_folder(name)), sandbox(name, folder, options) {}

  /// The status and the output of a shell line in it.
  std::pair<int, std::string> ask(const std::string& line) {
    Subject& subject = sandbox.run({"sh", "-c", line});
    const auto exit = subject.wait(long_enough);
    return {exit ? exit->status() : -1, subject.output() + subject.errors()};
  }
  std::string answer(const std::string& line) { return ask(line).second; }
  int status(const std::string& line) { return ask(line).first; }

  Run run;
  std::string name;
  std::string folder;
  Sandbox sandbox;
};

std::vector<std::string> group_folders(const std::string& name) {
  std::vector<std::string> found;
  for (const Tree& tree : trees())
    if (slipway::exists(tree.mount + "/slipway/" + name)) found.push_back(tree.mount);
  return found;
}

}  // namespace

TEST_CASE("sandbox: a program has three descriptors and none of the checker's") {
  NEEDS_ROOT();
  const int leaked = ::open("/etc/hostname", O_RDONLY);  // on purpose without O_CLOEXEC
  Place place;
  const auto& subject = place.sandbox.run({"sleep", "1000"});
  REQUIRE(eventually([&] { return look_at(subject.pid())->arguments.at(0) == "sleep"; }));
  // While it starts, the program itself opens and closes files; a leak would stay.
  CHECK(eventually([&] {
    return slipway::list_folder(fmt::format("/proc/{}/fd", subject.pid())) ==
           std::vector<std::string>{"0", "1", "2"};
  }));
  ::close(leaked);
  char input[64] = {};
  REQUIRE(::readlink(fmt::format("/proc/{}/fd/0", subject.pid()).c_str(), input, 63) > 0);
  CHECK(std::string(input) == "/dev/null");
}

TEST_CASE("sandbox: /sys shows no link of the machine's") {
  NEEDS_ROOT();
  Place place;
  const auto& subject = place.sandbox.run({"sleep", "1000"});
  const auto links =
      slipway::list_folder(fmt::format("/proc/{}/root/sys/class/net", subject.pid()));
  CHECK((links.empty() || links == std::vector<std::string>{"lo"}));
}

TEST_CASE("sandbox: the environment is clean") {
  NEEDS_ROOT();
  ::setenv("SLIPWAY_SECRET", "of the checker", 1);
  Place place;
  std::set<std::string> names;
  for (const std::string& line : slipway::split(place.answer("env"), '\n'))
    if (!line.empty()) names.insert(line.substr(0, line.find('=')));
  for (const char* own : {"PWD", "_", "SHLVL", "OLDPWD"}) names.erase(own);  // the shell's
  CHECK(names == std::set<std::string>{"PATH", "HOME", "LANG"});
  CHECK(place.answer("tr '\\0' '\\n' < /proc/1/environ").find("SECRET") == std::string::npos);
}

TEST_CASE("sandbox: its root is nobody outside") {
  NEEDS_ROOT();
  Place place;
  const uid_t outside = place.sandbox.root_user();
  CHECK(outside >= 1'900'000'000);
  CHECK(place.answer("id -u") == "0\n");
  const std::string ids = fmt::format("{0}\t{0}\t{0}\t{0}", outside);
  const auto& subject = place.sandbox.run({"sleep", "1000"});
  CHECK(status_field(subject.pid(), "Uid") == ids);
  CHECK(status_field(subject.pid(), "Gid") == ids);
  CHECK(status_field(subject.pid(), "Groups").find_first_of("0123456789") == std::string::npos);
  for (const char* map : {"uid_map", "gid_map"}) {
    const std::string text = slipway::read_file(fmt::format("/proc/{}/{}", subject.pid(), map));
    std::vector<std::string> words;
    for (const std::string& word : slipway::split(text.substr(0, text.size() - 1), ' '))
      if (!word.empty()) words.push_back(word);
    CHECK(words == std::vector<std::string>{"0", std::to_string(outside), "65536"});
  }
}

TEST_CASE("sandbox: two sandboxes are two, in all namespaces but time") {
  NEEDS_ROOT();
  Place place;
  Place other;
  for (const slipway::NamespaceKind& kind : slipway::namespace_kinds) {
    INFO(kind.name);
    const std::string name(kind.name);
    const ino_t inside = namespace_of(place.sandbox.init(), name);
    REQUIRE(inside != 0);
    if (name == "time") continue;
    CHECK(inside != namespace_of(::getpid(), name));
    CHECK(inside != namespace_of(other.sandbox.init(), name));
  }
  CHECK(place.sandbox.root_user() % 65536 == other.sandbox.root_user() % 65536);
}

TEST_CASE("sandbox: a program keeps the capabilities that its lab needs, and can get no other") {
  NEEDS_ROOT();
  SandboxOptions options;
  options.capabilities = {"cap_sys_admin"};
  Place place(options);
  Place bare;
  const auto& some = place.sandbox.run({"sleep", "1000"});
  const auto& none = bare.sandbox.run({"sleep", "1000"});
  const auto has = [](const Subject& subject, const char* set, const char* mask) {
    return eventually([&] { return status_field(subject.pid(), set) == mask; });
  };
  for (const char* set : {"CapBnd", "CapEff", "CapPrm"}) {
    INFO(set);
    CHECK(has(some, set, "0000000000200000"));  // cap_sys_admin is the 21st
    CHECK(has(none, set, "0000000000000000"));
  }
  CHECK(status_field(none.pid(), "CapAmb") == "0000000000000000");
}

TEST_CASE("sandbox: the system's files are read-only, and stay so") {
  NEEDS_ROOT();
  SandboxOptions options;
  options.capabilities = {"cap_sys_admin", "cap_sys_chroot", "cap_dac_override"};
  Place place(options);
  CHECK(place.status("echo x > /usr/new") != 0);
  CHECK(place.status("rm -f /usr/bin/env") != 0);
  CHECK(place.status("mount -o remount,rw /usr") != 0);
  CHECK(place.status("mount -o remount,bind,rw /usr && echo x > /usr/new") != 0);
  CHECK(place.status("umount /usr || umount -l /usr") != 0);
  CHECK(place.status("unshare -m sh -c 'mount -o remount,bind,rw /usr'") != 0);
  CHECK(place.status(
            "mkdir /tmp/u && mount --bind /usr /tmp/u && mount -o remount,bind,rw /tmp/u") != 0);
  CHECK(place.status("echo x > /new") != 0);
  CHECK(!slipway::exists("/usr/new"));
}

TEST_CASE(
    "sandbox: in a root for a container, proc and sysfs can be mounted after the old root is "
    "gone") {
  NEEDS_ROOT();
  SandboxOptions options;
  options.furniture.roots = {"/tmp/root"};
  options.capabilities = {"cap_sys_admin", "cap_sys_chroot"};
  Place place(options);
  Subject& subject = place.sandbox.run(
      {"unshare", "--mount", "--pid", "--fork", "sh", "-c",
       "cd /tmp/root && mkdir usr && mount --rbind /usr usr && ln -s usr/* . && "
       "mount --rbind . . && cd /tmp/root && pivot_root . . && "
       // umount(8) wants a /proc
       "python3 -c 'import ctypes; ctypes.CDLL(None).umount2(b\".\", 2)' && "
       "cd / && mount -t proc proc /proc && ! grep -q /etc/passwd /proc/self/mountinfo && "
       "mount -t sysfs -o ro sysfs /sys && "
       "test -e /proc/1/status && test -e /sys/class/net/lo"});
  const auto exit = subject.wait(long_enough);
  INFO(subject.errors());
  CHECK((exit && exit->status() == 0));
}

TEST_CASE("sandbox: its mounts are shared where a check wants them so, and nowhere else") {
  NEEDS_ROOT();
  const std::string shared = "grep -c ' shared:' /proc/self/mountinfo";
  const std::string travels =
      "unshare -m --propagation unchanged mount -t tmpfs none /tmp; "
      "grep -c ' /tmp .* none' /proc/self/mountinfo";
  SandboxOptions options;
  options.capabilities = {"cap_sys_admin"};
  Place usual(options);
  CHECK(usual.answer(shared) == "0\n");
  CHECK(usual.answer(travels) == "0\n");
  options.shared_mounts = true;
  Place sharing(options);
  CHECK(sharing.answer(shared) != "0\n");
  CHECK(sharing.answer(travels) == "1\n");
}

TEST_CASE("sandbox: its groups can be unmounted where a check wants them so, and nowhere else") {
  NEEDS_ROOT();
  const std::string take_away =
      "umount -l $(awk '/ - cgroup/ {print $5; exit}' /proc/self/mountinfo)";
  SandboxOptions options;
  options.capabilities = {"cap_sys_admin"};
  Place usual(options);
  CHECK(usual.status(take_away) != 0);
  options.furniture.loose_cgroups = true;
  Place loose(options);
  const std::string count = "grep -c ' - cgroup' /proc/self/mountinfo";
  CHECK(loose.answer(count) == usual.answer(count));
  CHECK(loose.status("test -e $(awk '/ - cgroup/ {print $5; exit}' "
                     "/proc/self/mountinfo)/cgroup.procs") == 0);
  CHECK(loose.answer("find /sys/fs/cgroup -name slipway").empty());
  CHECK(loose.status(take_away) == 0);
}

TEST_CASE("sandbox: what tells of this machine's people is not there") {
  NEEDS_ROOT();
  Place place;
  CHECK(place.status("test -e /usr/bin/env && test -e /tmp") == 0);
  for (const char* path : {"/etc/shadow", "/root", "/home", "/var", "/run", "/work", "/boot"}) {
    INFO(path);
    CHECK(place.status(fmt::format("test -e {}", path)) != 0);
  }
  // Hidden as empty: the labs' sources among them, if the options say so.
  SandboxOptions options;
  options.furniture.hidden = {"/usr/share/doc"};
  Place hiding(options);
  CHECK(hiding.answer("ls -A /usr/share/doc").empty());
}

TEST_CASE("sandbox: /tmp has a limit, and it is the only place to write") {
  NEEDS_ROOT();
  SandboxOptions options;
  options.disk = 1 << 20;
  Place place(options);
  CHECK(place.status("head -c 500000 /dev/zero > /tmp/a") == 0);
  CHECK(place.status("head -c 5000000 /dev/zero > /tmp/b") != 0);
  CHECK(place
            .answer("find / -xdev -type d -writable -not -path '/tmp*' -not -path '/proc*' "
                    "2>/dev/null")
            .empty());
}

TEST_CASE("sandbox: only its own processes are to be seen") {
  NEEDS_ROOT();
  Place place;
  const std::string pids = place.answer("ls /proc | grep -c '^[0-9]'");
  CHECK(slipway::to_number(pids.substr(0, pids.size() - 1)) <= 4);  // init, sh, ls, grep
  CHECK(place.status(fmt::format("kill -0 {}", ::getpid())) != 0);
  CHECK(place.answer("tr '\\0' ' ' < /proc/1/cmdline").starts_with("/lab/payload init"));
}

TEST_CASE("sandbox: its groups look like the whole tree, and none above can be reached") {
  NEEDS_ROOT();
  Place place;
  for (const std::string& line : slipway::split(place.answer("cat /proc/self/cgroup"), '\n')) {
    if (line.empty()) continue;
    INFO(line);
    CHECK(line.ends_with(":/session"));
  }
  CHECK(place.answer("find /sys/fs/cgroup -name slipway").empty());
  const std::string pid = place.answer(
      "for f in $(find /sys/fs/cgroup -name cgroup.procs); do cat $f; done | sort -n | uniq | head "
      "-1");
  CHECK(pid == "1\n");  // its own init, and nobody from outside (who would read as 0)
  // The limits are one floor above what it sees.
  const std::string limits =
      "find /sys/fs/cgroup -maxdepth 3 -name memory.limit_in_bytes -o "
      "-maxdepth 3 -name pids.max | while read f; do echo 99999999 > $f; done";
  place.ask(limits);
  for (const Tree& tree : trees()) {
    const auto processes = group_number(tree.mount + "/slipway/" + place.name + "/pids.max");
    if (tree.has("pids")) CHECK(processes == 512);
    const std::string memory = tree.version == 2 ? "/memory.max" : "/memory.limit_in_bytes";
    if (tree.has("memory"))
      CHECK(group_number(tree.mount + "/slipway/" + place.name + memory) == 512 << 20);
  }
}

TEST_CASE("sandbox: a fork bomb and a memory hog end at their limits") {
  NEEDS_ROOT();
  SandboxOptions options;
  options.limits.processes = 40;
  options.limits.memory = 48 << 20;
  Place place(options);
  place.sandbox.run({"/lab/payload", "bomb", "1000", "token"});  // one that does not burn out
  const std::string name = "pids.current";
  std::string file;
  for (const Tree& tree : trees())
    if (tree.has("pids")) file = tree.mount + "/slipway/" + place.name + "/" + name;
  REQUIRE(!file.empty());
  CHECK(eventually([&] { return group_number(file).value_or(0) >= 20; }));
  CHECK(group_number(file).value_or(0) <= 40);
  Place other(options);
  Subject& hog = other.sandbox.run({"/lab/payload", "memory", "200000000", "token"});
  const auto exit = hog.wait(long_enough);
  REQUIRE(exit);
  CHECK(exit->status() == 128 + SIGKILL);
}

TEST_CASE("sandbox: the loopback link is up, and nothing leads out") {
  NEEDS_ROOT();
  Place place;
  CHECK(place.answer("sed 1,2d /proc/net/dev | cut -d: -f1 | tr -d ' '") == "lo\n");
  CHECK(place.answer("sed 1d /proc/net/route").empty());
  // A port on which nobody listens: refused by a link that is up, unreachable over one that is
  // down.
  CHECK_THAT(place.answer("bash -c 'exec 3<>/dev/tcp/127.0.0.1/9'"),
             contains("Connection refused"));
}

TEST_CASE("sandbox: the kernel's own settings cannot be written") {
  NEEDS_ROOT();
  SandboxOptions options;
  options.capabilities = {"cap_sys_admin", "cap_dac_override", "cap_sys_boot", "cap_mknod"};
  Place place(options);
  const std::string before = slipway::read_file("/proc/sys/kernel/core_pattern");
  CHECK(place.status("echo '|/tmp/evil' > /proc/sys/kernel/core_pattern") != 0);
  CHECK(place.status("echo b > /proc/sysrq-trigger") != 0);
  CHECK(place.status("mknod /tmp/disk b 8 0") != 0);
  CHECK(place.status("hostname evil") == 0);  // its own
  CHECK(slipway::read_file("/proc/sys/kernel/core_pattern") == before);
  CHECK(slipway::read_file("/proc/sys/kernel/hostname") != "evil\n");
}

TEST_CASE("sandbox: a program's status is told by the kernel") {
  NEEDS_ROOT();
  Place place;
  CHECK(place.status("exit 7") == 7);
  CHECK(place.status("kill -KILL $$") == 128 + SIGKILL);
  CHECK_THROWS_WITH(place.sandbox.run({"/no/such"}), contains("/no/such"));
}

TEST_CASE("sandbox: a file is taken out only when it is one, and by no way around") {
  NEEDS_ROOT();
  Place place;
  place.ask(
      "echo inside > /tmp/file; ln -s /etc/shadow /tmp/link; mkfifo /tmp/fifo; mkdir /tmp/dir; "
      "ln -s / /tmp/top");
  CHECK(slipway::read_all(place.sandbox.open_inside("/tmp/file")) == "inside\n");
  for (const char* path : {"/tmp/link", "/tmp/fifo", "/tmp/dir", "/tmp/top/etc/passwd", "/tmp/none",
                           "/etc/shadow", "/proc/self/exe"}) {
    INFO(path);
    CHECK_THROWS_AS(place.sandbox.open_inside(path), slipway::Error);
  }
  CHECK_NOTHROW(place.sandbox.open_inside("/../../tmp/file"));  // ".." ends at its own root
}

TEST_CASE("sandbox: nothing of it is left, daemons and deaf ones neither") {
  NEEDS_ROOT();
  std::vector<pid_t> members;
  std::string name;
  {
    Place place;
    name = place.name;
    place.sandbox.run({"/lab/payload", "daemon", "token"}).wait(long_enough);
    place.sandbox.run({"sh", "-c", "trap '' TERM INT HUP; sleep 1000 & sleep 1000"});
    REQUIRE(eventually([&] { return place.sandbox.groups().members().size() >= 5; }));
    members = place.sandbox.groups().members();
    CHECK(group_folders(name).size() == trees().size());
  }
  for (pid_t pid : members) CHECK(!is_alive(pid));
  CHECK(group_folders(name).empty());
}

TEST_CASE("sandbox: frozen programs are ended, too") {
  NEEDS_ROOT();
  std::vector<pid_t> members;
  std::string name;
  {
    Place place;
    name = place.name;
    place.sandbox.run({"sleep", "1000"});
    place.ask("for d in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $d/f 2>/dev/null; done; true");
    for (const Tree& tree : trees()) {
      const std::string top = tree.mount + "/slipway/" + name + "/top";
      for (const char* file : {"/freezer.state", "/cgroup.freeze"})
        if (slipway::exists(top + file))
          slipway::write_file(top + file, tree.version == 2 ? "1" : "FROZEN");
    }
    members = place.sandbox.groups().members();
  }
  for (pid_t pid : members) CHECK(!is_alive(pid));
  CHECK(group_folders(name).empty());
}

namespace {

/// A checker with a sandbox full of programs, as a process of its own: its run's id, its members.
struct Checker {
  Checker() {
    const slipway::Pipe line = slipway::make_pipe();
    pid = machine::fork_to([&] {
      Place place;
      place.sandbox.run({"/lab/payload", "daemon", "token"}).wait(long_enough);
      place.sandbox.run({"sh", "-c", "trap '' TERM; sleep 1000 & sleep 1000"});
      eventually([&] { return place.sandbox.groups().members().size() >= 5; });
      std::string told = place.name;
      for (pid_t member : place.sandbox.groups().members()) told += fmt::format(" {}", member);
      slipway::write_all(line.write, told + "\n");
      return ::pause();
    });
    std::string told;
    char letter;
    while (::read(line.read.get(), &letter, 1) == 1 && letter != '\n') told += letter;
    const auto words = slipway::split(told, ' ');
    name = words.at(0);
    for (size_t i = 1; i < words.size(); ++i)
      members.push_back(static_cast<pid_t>(slipway::to_number(words[i])));
  }
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;
  ~Checker() {
    die();
    clean_dead_runs();
  }

  void die() {
    if (pid == 0) return;
    ::kill(pid, SIGKILL);
    machine::status_of(pid);
    pid = 0;
  }

  std::string folder() const { return "/run/slipway/" + name.substr(0, name.rfind('-')); }
  bool all_alive() const { return std::ranges::all_of(members, is_alive); }
  bool none_alive() const { return std::ranges::none_of(members, is_alive); }

  pid_t pid = 0;
  std::string name;
  std::vector<pid_t> members;
};

}  // namespace

TEST_CASE("sandbox: with a killed checker all its programs end, and clean removes the rest") {
  NEEDS_ROOT();
  Checker dead;
  const Checker living;
  REQUIRE(dead.members.size() >= 5);
  REQUIRE(dead.all_alive());
  dead.die();
  CHECK(eventually([&] { return dead.none_alive(); }));
  CHECK(group_folders(dead.name).size() == trees().size());
  CHECK(slipway::exists(dead.folder()));

  std::string removed;
  for (const std::string& line : clean_dead_runs()) removed += line + "\n";
  CHECK_THAT(removed, contains("slipway/" + dead.name) && contains(dead.folder()));
  CHECK(removed.find(living.name) == std::string::npos);
  CHECK(group_folders(dead.name).empty());
  CHECK(!slipway::exists(dead.folder()));

  CHECK(living.all_alive());
  CHECK(group_folders(living.name).size() == trees().size());
  CHECK(slipway::exists(living.folder()));
}

TEST_CASE("sandbox: a run leaves neither folder nor lock") {
  NEEDS_ROOT();
  std::string folder;
  {
    Run run;
    folder = run.folder();
    CHECK(run.next_name() != run.next_name());
    CHECK(slipway::exists(folder));
  }
  CHECK(!slipway::exists(folder));
}

// ── with the machine's own user namespace
// ──────────────────────────────────────────────────────────

namespace {

/// With all that a lab may ask for, and root's way around the modes of files.
SandboxOptions initial_user_namespace() {
  SandboxOptions options;
  options.initial_user_namespace = true;
  options.capabilities = {"cap_sys_admin", "cap_mknod", "cap_dac_override", "cap_net_admin",
                          "cap_chown",     "cap_kill",  "cap_sys_resource", "cap_fowner"};
  return options;
}

bool can_have(const std::string& capability) {
  cap_value_t number;
  return ::cap_from_name(capability.c_str(), &number) == 0 && ::prctl(PR_CAPBSET_READ, number) == 1;
}

/// Those of the options that this machine's root has.
SandboxOptions obtainable(SandboxOptions options) {
  std::erase_if(options.capabilities, [](const std::string& name) { return !can_have(name); });
  return options;
}

}  // namespace

TEST_CASE("sandbox: in the initial user namespace it has every other fence") {
  NEEDS_ROOT();
  Place place(obtainable(initial_user_namespace()));
  const auto& subject = place.sandbox.run({"sleep", "1000"});
  for (const slipway::NamespaceKind& kind : slipway::namespace_kinds) {
    INFO(kind.name);
    const std::string name(kind.name);
    const bool shared = name == "time" || name == "user";
    CHECK((namespace_of(place.sandbox.init(), name) == namespace_of(::getpid(), name)) == shared);
    CHECK(namespace_of(subject.pid(), name) == namespace_of(place.sandbox.init(), name));
  }
  CHECK(place.sandbox.root_user() == 0);
  CHECK(place.status(fmt::format("kill -0 {}", ::getpid())) != 0);
  CHECK(place.answer("sed 1,2d /proc/net/dev | cut -d: -f1 | tr -d ' '") == "lo\n");
  for (const char* path : {"/etc/shadow", "/root", "/home", "/var", "/run", "/boot"}) {
    INFO(path);
    CHECK(place.status(fmt::format("test -e {}", path)) != 0);
  }
}

TEST_CASE("sandbox: in the initial user namespace it has the named capabilities alone") {
  NEEDS_ROOT();
  SandboxOptions options;
  options.initial_user_namespace = true;
  options.capabilities = {"cap_sys_admin"};
  Place place(options);
  const auto& subject = place.sandbox.run({"sleep", "1000"});
  const auto has = [](pid_t pid, const char* set, const char* mask) {
    return eventually([&] { return status_field(pid, set) == mask; });
  };
  for (const char* set : {"CapBnd", "CapEff", "CapPrm"}) {
    INFO(set);
    CHECK(has(subject.pid(), set, "0000000000200000"));  // cap_sys_admin is the 21st
    CHECK(has(place.sandbox.init(), set, "0000000000000000"));
  }
  for (const char* set : {"CapInh", "CapAmb"}) {
    INFO(set);
    CHECK(status_field(subject.pid(), set) == "0000000000000000");
  }
}

TEST_CASE("sandbox: in the initial user namespace the machine's names and settings stay") {
  NEEDS_ROOT();
  Place place(obtainable(initial_user_namespace()));
  const std::string name = slipway::read_file("/proc/sys/kernel/hostname");
  const std::string pattern = slipway::read_file("/proc/sys/kernel/core_pattern");
  CHECK(place.status("hostname evil") == 0);  // its own
  CHECK(slipway::read_file("/proc/sys/kernel/hostname") == name);
  CHECK(place.status("echo '|/tmp/evil' > /proc/sys/kernel/core_pattern") != 0);
  CHECK(place.status("mount -o remount,rw /proc/sys || mount -o remount,bind,rw /proc/sys") != 0);
  CHECK(place.status("umount /proc/sys || umount -l /proc/sys") != 0);
  CHECK(place.status("echo h > /proc/sysrq-trigger") != 0);
  CHECK(place.status("mount -o remount,rw /sys || mount -o remount,bind,rw /sys") != 0);
  CHECK(place.status("date -s @0") != 0);
  CHECK(slipway::read_file("/proc/sys/kernel/core_pattern") == pattern);
}

TEST_CASE("sandbox: in the initial user namespace the machine's files and mounts stay") {
  NEEDS_ROOT();
  Place place(obtainable(initial_user_namespace()));
  const std::string before = slipway::read_file("/proc/self/mountinfo");
  CHECK(place.status("echo x > /usr/new") != 0);
  CHECK(place.status("mount -o remount,rw /usr") != 0);
  CHECK(place.status("mount -o remount,bind,rw /usr && echo x > /usr/new") != 0);
  CHECK(place.status("umount /usr || umount -l /usr") != 0);
  CHECK(place.status("unshare -m sh -c 'mount -o remount,bind,rw /usr'") != 0);
  CHECK(place.status(
            "mkdir /tmp/u && mount --bind /usr /tmp/u && mount -o remount,bind,rw /tmp/u") != 0);
  // The machine's devices, its kernel's memory, and settings without a lock.
  for (const char* kind : {"devtmpfs", "tracefs", "debugfs", "proc", "sysfs", "tmpfs"})
    CHECK(place.status(fmt::format("mount -t {0} {0} /tmp/u", kind)) != 0);
  CHECK(place.status("unshare --user --map-root-user --mount mount -t tmpfs tmpfs /tmp/u") != 0);
  CHECK(place.status("test -e /proc/1") != 0);
  CHECK(place.status("nsenter -t 1 -m true") != 0);
  CHECK(!slipway::exists("/usr/new"));
  CHECK(slipway::read_file("/proc/self/mountinfo") == before);
}

TEST_CASE(
    "sandbox: in the initial user namespace its groups are the whole tree, and its limits hold") {
  NEEDS_ROOT();
  SandboxOptions options = obtainable(initial_user_namespace());
  options.limits.memory = 48 << 20;
  Place place(options);
  for (const std::string& line : slipway::split(place.answer("cat /proc/self/cgroup"), '\n')) {
    if (line.empty()) continue;
    INFO(line);
    CHECK(line.ends_with(":/session"));
  }
  CHECK(place.answer("find /sys/fs/cgroup -name slipway").empty());
  place.ask(
      "find /sys/fs/cgroup -maxdepth 3 -name memory.limit_in_bytes -o -maxdepth 3 -name pids.max | "
      "while read f; do echo 99999999 > $f; done");
  for (const Tree& tree : trees()) {
    const std::string ours = tree.mount + "/slipway/" + place.name;
    const std::string memory = tree.version == 2 ? "/memory.max" : "/memory.limit_in_bytes";
    if (tree.has("pids")) CHECK(group_number(ours + "/pids.max") == 512);
    if (tree.has("memory")) CHECK(group_number(ours + memory) == 48 << 20);
  }
  Subject& hog = place.sandbox.run({"/lab/payload", "memory", "200000000", "token"});
  const auto exit = hog.wait(long_enough);
  REQUIRE(exit);
  CHECK(exit->status() == 128 + SIGKILL);
}

TEST_CASE("sandbox: in the initial user namespace nothing of it is left") {
  NEEDS_ROOT();
  std::vector<pid_t> members;
  std::string name;
  {
    Place place(obtainable(initial_user_namespace()));
    name = place.name;
    place.sandbox.run({"/lab/payload", "daemon", "token"}).wait(long_enough);
    place.sandbox.run({"sh", "-c", "trap '' TERM INT HUP; sleep 1000 & sleep 1000"});
    REQUIRE(eventually([&] { return place.sandbox.groups().members().size() >= 5; }));
    members = place.sandbox.groups().members();
  }
  for (pid_t pid : members) CHECK(!is_alive(pid));
  CHECK(group_folders(name).empty());
}
