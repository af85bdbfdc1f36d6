#include "labkit/subject/sandbox.hpp"

#include <grp.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "labkit/subject/filter.hpp"
#include "labkit/subject/furnish.hpp"
#include "labkit/subject/privilege.hpp"
#include "labkit/subject/terminal.hpp"
#include "labkit/toolkit.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

using slipway::check;

constexpr uid_t first_user = 1'900'000'000;  // above all that useradd and systemd hand out
constexpr char helper_path[] = "/lab/payload";

// A range of its own for each sandbox, so that no two can send each other signals.
uid_t draw_root_user() {
  std::uint32_t number;
  check(::getrandom(&number, sizeof number, 0), "draw a random number");
  return first_user + number % 1000 * users_each;
}

void raise_loopback() {
  const slipway::Descriptor any(
      check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "open a socket"));
  ifreq request{};
  std::copy_n("lo", 3, request.ifr_name);
  request.ifr_flags = IFF_UP;
  check(::ioctl(any.get(), SIOCSIFFLAGS, &request), "set the link lo up");
}

void cover(const std::string& place) {
  // Where mounts are shared, the cover would come to lie on what was bound, too.
  check(::mount(nullptr, place.c_str(), nullptr, MS_PRIVATE, nullptr), "make {} private", place);
  check(::mount("tmpfs", place.c_str(), "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "size=4k"),
        "cover {}", place);
}

// In a user namespace, a new proc or sysfs may be mounted only while another is to be seen in the
// mount namespace: one that is root outside may well mount its own after it has left the old root.
// So a root takes them along, each under an empty folder; neither is locked, since all are made in
// here. The sysfs is a new one: /sys has the groups on it, which are locked.
void keep_visible(const std::string& root) {
  const std::string proc = root + "/.proc";
  check(::mount("/proc", proc.c_str(), nullptr, MS_BIND, nullptr), "bind /proc on {}", proc);
  cover(proc);
  const std::string sys = root + "/.sys";
  check(
      ::mount("sysfs", sys.c_str(), "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr),
      "mount sysfs on {}", sys);
  cover(sys);
}

void mount_queues() {
  check(::mount("mqueue", "/dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr),
        "mount the message queues");
}

void limit(int resource, rlim_t value) {
  const rlimit both{value, value};
  check(::setrlimit(static_cast<__rlimit_resource>(resource), &both), "set resource limit {}",
        resource);
}

void hand_down_socket(int least) {
  const slipway::Descriptor listener(
      check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "open a socket"));
  check(::listen(listener.get(), 1), "listen on a socket");
  check(::fcntl(listener.get(), F_DUPFD, least), "hand down a socket");
}

void hand_down_folder(int least) {
  const slipway::Descriptor top = slipway::open("/", O_RDONLY | O_DIRECTORY);
  check(::fcntl(top.get(), F_DUPFD, least), "hand down a folder");
}

// What a program has for standard input (none: nothing to read), output and errors.
struct Standard {
  slipway::Descriptor input, output, errors;
};

// The last part of a program's way into the sandbox: alone in its session, with three descriptors.
[[noreturn]] void become(const std::vector<std::string>& command, const SandboxOptions& options,
                         const RunAs& as, const Standard& standard) {
  check(::setsid(), "begin a session");
  const slipway::Descriptor nothing = slipway::open("/dev/null");  // the sandbox's own
  check(::dup2(standard.input ? standard.input.get() : nothing.get(), 0), "set standard input");
  check(::dup2(standard.output.get(), 1), "set standard output");
  check(::dup2(standard.errors.get(), 2), "set standard error");
  if (as.terminal) check(::ioctl(0, TIOCSCTTY, 0), "give the program its terminal");
  check(::syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC), "close all other descriptors");
  if (as.socket != -1) hand_down_socket(as.socket);
  if (as.folder != -1) hand_down_folder(as.folder);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, 1024);
  check(::clearenv(), "clear the environment");
  ::setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
  ::setenv("HOME", "/tmp", 1);
  ::setenv("LANG", "C.UTF-8", 1);
  ::umask(022);
  check(::chdir("/tmp"), "enter /tmp");
  if (options.initial_user_namespace) refuse_ways_out();
  drop_all_capabilities_but(options.capabilities);
  check(::setresgid(as.group, as.group, as.group), "become group {}", as.group);
  check(::setresuid(as.user, as.user, as.user), "become user {}", as.user);
  // Last, since a change of the user takes it away.
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "ask to be killed with the checker");
  slipway::execute(command);
}

// The other ends of these, which the checker reads.
struct Ends {
  Standard its;
  slipway::Descriptor output, errors;
};

Ends ends_of_pipes() {
  slipway::Pipe output = slipway::make_pipe();
  slipway::Pipe errors = slipway::make_pipe();
  for (const slipway::Pipe* pipe : {&output, &errors})
    check(::fcntl(pipe->read.get(), F_SETFL, O_NONBLOCK), "make a pipe non-blocking");
  return {{{}, std::move(output.write), std::move(errors.write)},
          std::move(output.read),
          std::move(errors.read)};
}

Ends ends_of_terminal() {
  Terminal terminal = make_terminal({24, 80});
  const auto copy = [](const slipway::Descriptor& end) {
    return slipway::Descriptor(check(::fcntl(end.get(), F_DUPFD_CLOEXEC, 3), "copy a descriptor"));
  };
  return {{copy(terminal.slave), copy(terminal.slave), std::move(terminal.slave)},
          std::move(terminal.master),
          {}};
}

// A program that could not become its command has ended, and is the checker's to reap: the
// sandbox's init cannot die before.
void reap(slipway::Pipe& number) {
  number.write.close();
  const std::string pid = slipway::read_all(number.read);
  if (!pid.empty()) ::waitpid(static_cast<pid_t>(slipway::to_number(pid)), nullptr, 0);
}

}  // namespace

Sandbox::Sandbox(const std::string& name, const std::string& folder, const SandboxOptions& options)
    : options_(options),
      root_user_(options.initial_user_namespace ? 0 : draw_root_user()),
      life_(slipway::make_pipe()) {
  options_.furniture.copies.push_back({toolkit().payload, helper_path, 0755});
  for (const std::string& root : options_.furniture.roots)
    options_.furniture.copies.push_back({toolkit().payload, root + "/payload", 0755});
  groups_ = std::make_unique<Groups>(name, options_.limits, root_user_);
  // This network namespace is for /sys alone, which shows the links of the one it is mounted in.
  init_ = std::make_unique<slipway::Child>(slipway::start(
      {.namespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET}, [&] { become_init(folder); },
      [&](pid_t pid) { groups_->join_top(pid); }));
  life_.read.close();
}

Sandbox::~Sandbox() {
  // With its init the kernel kills all others of a pid namespace; but init itself is not dead
  // before every one of them has been reaped, and the subjects are ours to reap. A program may have
  // frozen init, and may freeze it again until it is dead itself: hence the loop.
  life_.write.close();
  for (double end = now() + 60; init_ && now() < end;) {
    try {
      init_->signal(SIGKILL);
      groups_->thaw();
      for (const auto& subject : subjects_) subject->wait(0);
      if (init_->wait_for(1)) break;
    } catch (const slipway::Error&) {  // a group that is just going away
    }
  }
}

void Sandbox::become_init(const std::string& folder) const {
  check(::unshare(CLONE_NEWCGROUP), "begin a cgroup namespace");  // `top` is its root
  groups_->join_session(0);
  groups_->hand_down();
  const slipway::Descriptor loose = enter_furnished_root(folder, options_, groups_->all_trees());
  if (options_.initial_user_namespace) {
    enter_locked_mounts();
  } else {
    begin_user_namespace(root_user_);
    check(::unshare(CLONE_NEWNS), "begin a mount namespace");  // a copy: locked, as well
  }
  check(::unshare(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET), "begin the other namespaces");
  if (loose) attach_loose_cgroups(loose, options_);
  if (options_.shared_mounts)
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr), "share the mounts");
  raise_loopback();
  if (options_.furniture.queues) mount_queues();
  for (const std::string& root : options_.furniture.roots) keep_visible(root);
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "ask to be killed with the checker");
  check(::dup2(life_.read.get(), 0), "keep the checker's life line");
  check(::syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC), "close all other descriptors");
  check(::clearenv(), "clear the environment");
  drop_all_capabilities_but({});
  slipway::execute({helper_path, "init"});
}

int Sandbox::namespaces() const {
  constexpr int all_but_user =
      CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;
  return options_.initial_user_namespace ? all_but_user : all_but_user | CLONE_NEWUSER;
}

Subject& Sandbox::run(const std::vector<std::string>& command, const RunAs& as) {
  Ends ends = as.terminal ? ends_of_terminal() : ends_of_pipes();
  slipway::Pipe number = slipway::make_pipe();
  // A process enters a pid namespace only through its children, so the one that joins the
  // namespaces makes another, which CLONE_PARENT gives to the checker itself: it can wait for it.
  const auto inside = [&] {
    check(::setns(init_->pidfd().get(), namespaces()), "join the sandbox");
    check(::setgroups(0, nullptr), "leave all supplementary groups");
    check(::setresgid(0, 0, 0), "become the sandbox's group 0");
    check(::setresuid(0, 0, 0), "become the sandbox's user 0");
    const long pid =
        check(::syscall(SYS_clone, CLONE_PARENT | SIGCHLD, nullptr, nullptr, nullptr, nullptr),
              "start the program in the sandbox");
    if (pid == 0) become(command, options_, as, ends.its);
    slipway::write_all(number.write, fmt::format("{}", pid));
  };
  try {
    slipway::start({}, inside, [&](pid_t door) { groups_->join_session(door); }).wait();
  } catch (...) {
    reap(number);
    throw;
  }
  number.write.close();
  ends.its = {};
  const auto pid = static_cast<pid_t>(slipway::to_number(slipway::read_all(number.read)));
  slipway::Descriptor pidfd(
      static_cast<int>(check(::syscall(SYS_pidfd_open, pid, 0), "open process {}", pid)));
  subjects_.push_back(std::make_unique<Subject>(slipway::Child(pid, std::move(pidfd)),
                                                std::move(ends.output), std::move(ends.errors)));
  return *subjects_.back();
}

slipway::Descriptor Sandbox::open_inside(const std::string& path) const {
  const std::string root = fmt::format("/proc/{}/root", init());
  const slipway::Descriptor top = slipway::open(root, O_PATH | O_DIRECTORY);
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  slipway::Descriptor file(
      static_cast<int>(check(::syscall(SYS_openat2, top.get(), path.c_str(), &how, sizeof how),
                             "open {} in the sandbox", path)));
  struct stat info;
  check(::fstat(file.get(), &info), "look at {} in the sandbox", path);
  if (!S_ISREG(info.st_mode))
    throw slipway::Error(fmt::format("{} in the sandbox is not a regular file", path));
  return file;
}

}  // namespace labkit
