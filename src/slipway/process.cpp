#include "slipway/process.hpp"

#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "slipway/error.hpp"

namespace slipway {
namespace {

// What travels through the error pipe: these two numbers, then the sentence.
struct Failure {
  int code;
  int exit_status;
};

// In a child: where start() waits to hear how it went; nothing once it has begun().
Descriptor* telling = nullptr;

void report(const Descriptor& errors, const Failure& failure, const char* sentence) noexcept {
  if (!errors) {
    ::dprintf(STDERR_FILENO, "%s\n", sentence);
    return;
  }
  char message[2048];
  const size_t length = std::min(std::strlen(sentence), sizeof message - sizeof failure);
  std::memcpy(message, &failure, sizeof failure);
  std::memcpy(message + sizeof failure, sentence, length);  // NOLINT: it travels without its zero
  // One write below PIPE_BUF is whole or not at all; if the parent is gone, nobody is left to tell.
  [[maybe_unused]] auto sent = ::write(errors.get(), message, sizeof failure + length);
}

// The child's life between clone3 and exec: no exception and no return leaves this function.
[[noreturn]] void live(Pipe& gate, Pipe& errors, const std::function<void()>& inside) noexcept {
  try {
    check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "ask to be killed with the parent");
    // When a child that has not begun itself starts another: its own start() waits for it alone.
    if (telling != nullptr) telling->close();
    gate.write.close();
    errors.read.close();
    // It may have died before we asked: then nobody can read any more what we would report.
    pollfd reader{errors.write.get(), 0, 0};
    if (::poll(&reader, 1, 0) == 1) ::_exit(125);
    char opened;
    ssize_t count;
    do count = ::read(gate.read.get(), &opened, 1);
    while (count == -1 && errno == EINTR);  // the parent's signal handlers are still ours
    // End of file: the parent died, or its half failed and it has said so already.
    if (count != 1) ::_exit(125);
    gate.read.close();
    sigset_t none;
    sigemptyset(&none);
    check(::sigprocmask(SIG_SETMASK, &none, nullptr), "unblock the signals");
    telling = &errors.write;
    inside();
    ::_exit(0);
  } catch (const Error& error) {
    report(errors.write, {error.code(), error.exit_status()}, error.what());
  } catch (const std::exception& error) {
    report(errors.write, {0, 125}, error.what());
  } catch (...) {
    report(errors.write, {0, 125}, "an unknown exception in the child");
  }
  ::_exit(125);
}

void throw_reported(const std::string& message) {
  Failure failure;
  if (message.size() < sizeof failure) return;
  std::memcpy(&failure, message.data(), sizeof failure);
  throw Error(message.substr(sizeof failure), failure.code, failure.exit_status);
}

}  // namespace

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    Child old(std::move(*this));  // ended here, by its destructor
    pid_ = other.pid_;
    pidfd_ = std::move(other.pidfd_);
    exit_ = other.exit_;
  }
  return *this;
}

Child::~Child() {
  if (!pidfd_ || exit_) return;
  ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
  siginfo_t info;
  while (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) == -1 && errno == EINTR)
    continue;
}

void Child::signal(int number) const {
  const long sent = ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
  if (sent == -1 && errno == ESRCH) return;
  check(sent, "send signal {} to process {}", number, pid_);
}

Exit Child::wait() {
  return *wait_for(-1);
}

std::optional<Exit> Child::wait_for(int milliseconds) {
  if (exit_) return exit_;
  if (!pidfd_) throw Error("wait for a child that was given away");  // poll() would wait for ever
  pollfd ended{pidfd_.get(), POLLIN, 0};
  int ready;
  do ready = ::poll(&ended, 1, milliseconds);
  while (ready == -1 && errno == EINTR && milliseconds == -1);
  if (ready == -1 && errno == EINTR) return std::nullopt;
  if (check(ready, "wait for process {}", pid_) == 0) return std::nullopt;
  siginfo_t info{};
  int reaped;
  do reaped = ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED);
  while (reaped == -1 && errno == EINTR);
  check(reaped, "wait for process {}", pid_);
  exit_ = Exit{info.si_code != CLD_EXITED, info.si_status};
  return exit_;
}

Child start(const Birth& birth, const std::function<void()>& inside,
            const std::function<void(pid_t)>& outside) {
  Pipe gate = make_pipe();
  Pipe errors = make_pipe();
  int pidfd = -1;
  clone_args args{};
  args.flags = birth.namespaces | CLONE_PIDFD;
  args.exit_signal = SIGCHLD;
  args.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
  if (birth.cgroup != -1) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<__u64>(birth.cgroup);
  }
  const auto pid = static_cast<pid_t>(check(::syscall(SYS_clone3, &args, sizeof args),
                                            "start a process (clone3, flags {:#x})", args.flags));
  if (pid == 0) live(gate, errors, inside);

  Child child(pid, Descriptor(pidfd));
  errors.write.close();
  if (outside) outside(pid);
  write_all(gate.write, "!");  // gate.read is open here too, so a dead child is no SIGPIPE
  const std::string failure = read_all(errors.read);
  if (!failure.empty()) child.wait();
  throw_reported(failure);
  return child;  // one that was killed before its exec: wait() will tell
}

void begun() {
  if (telling != nullptr) telling->close();
}

void clean_environment() {
  const char* set = ::getenv("TERM");
  const std::string term = set == nullptr ? "dumb" : set;
  ::clearenv();
  ::setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
  ::setenv("HOME", "/root", 1);
  ::setenv("TERM", term.c_str(), 1);
}

void execute(const std::vector<std::string>& command) {
  if (command.empty()) throw Error("no command to run");
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  const int code = errno;
  throw Error(fmt::format("run {}: {}", command[0], std::strerror(code)), code,
              code == ENOENT ? 127 : 126);
}

}  // namespace slipway
