// The program that checks give to a learner's program as its COMMAND: static, small, and told by
// its first word what to do. The last word is a token by which the check finds it again from
// outside. It prints nothing: what counts is what the kernel shows of it.

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace {

constexpr long page = 4096;

[[noreturn]] void hold() {
  for (;;) ::pause();
}

[[noreturn]] void spin() {
  for (;;) asm volatile("");
}

// A child of ours ends with us, unless it is to outlive us.
pid_t fork_bound() {
  const pid_t pid = ::fork();
  if (pid == 0) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return pid;
}

// init: the first process of a sandbox. It reaps orphans, and ends (and so all others with it) when
// the other end of its standard input is closed.
int init(char**) {
  ::prctl(PR_SET_DUMPABLE, 0);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, 1);
  ::dup2(null, 2);
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child_ended, nullptr);
  const int signals = ::signalfd(-1, &child_ended, SFD_CLOEXEC);
  for (;;) {
    pollfd events[] = {{0, POLLIN, 0}, {signals, POLLIN, 0}};
    ::poll(events, 2, -1);
    if (events[0].revents != 0) return 0;
    signalfd_siginfo info;
    if (::read(signals, &info, sizeof info) == -1) return 1;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
  }
}

// hold TOKEN: does nothing until it is ended.
int hold_on(char**) {
  hold();
}

// tree TOKEN: at once a child, which at once has a child; all hold.
int tree(char**) {
  if (fork_bound() == 0) fork_bound();
  hold();
}

// daemon TOKEN: leaves a process behind that nobody waits for, and ends with status 0.
int leave_daemon(char**) {
  if (::fork() == 0) {
    ::setsid();
    if (::fork() == 0) hold();
    ::_exit(0);
  }
  ::wait(nullptr);
  return 0;
}

// busy COUNT TOKEN: COUNT processes that never rest.
int busy(char** words) {
  for (long others = ::atol(words[0]) - 1; others > 0; --others)
    if (fork_bound() == 0) spin();
  spin();
}

void* hold_thread(void*) {
  hold();
}

// family THREADS CHILDREN TOKEN: so many threads, the first one counted, and children.
int family(char** words) {
  for (long children = ::atol(words[1]); children > 0; --children)
    if (fork_bound() == 0) hold();
  for (long others = ::atol(words[0]) - 1; others > 0; --others) {
    pthread_t thread;
    if (::pthread_create(&thread, nullptr, hold_thread, nullptr) != 0) return 1;
  }
  hold();
}

void* end_thread(void*) {
  return nullptr;
}

// churn TOKEN: threads and children that come and go without end.
int churn(char**) {
  for (;;) {
    pthread_t thread;
    if (::pthread_create(&thread, nullptr, end_thread, nullptr) == 0)
      ::pthread_join(thread, nullptr);
    const pid_t child = fork_bound();
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
  }
}

bool touch(long bytes) {
  void* memory = ::mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  for (long i = 0; i < bytes; i += page) static_cast<volatile char*>(memory)[i] = 1;
  return true;
}

// memory BYTES TOKEN: fills so much memory, and then holds. Status 3: there was none to be had.
int fill_memory(char** words) {
  if (!touch(::atol(words[0]))) return 3;
  hold();
}

// memory-child BYTES TOKEN: a child fills it; its end is our end.
int fill_memory_in_child(char** words) {
  const pid_t child = fork_bound();
  if (child == 0) ::_exit(touch(::atol(words[0])) ? 0 : 3);
  int status;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// reserve BYTES TOKEN: asks for address space without touching it, and then holds.
int reserve(char** words) {
  void* memory = ::mmap(nullptr, static_cast<size_t>(::atol(words[0])), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return 3;
  hold();
}

// cache BYTES FILE TOKEN: writes a file twice over with so many bytes, which the kernel keeps as
// page cache until it needs the memory; ends with status 0.
int fill_cache(char** words) {
  static char block[64 * 1024];
  const int file = ::open(words[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (file == -1) return 3;
  for (long left = ::atol(words[0]); left > 0; left -= static_cast<long>(sizeof block))
    if (::write(file, block, sizeof block) == -1) return 4;
  ::close(file);
  return 0;
}

// exit STATUS TOKEN
int end_with(char** words) {
  return ::atoi(words[0]);
}

// die SIGNAL TOKEN: ends by a signal that it sends to itself.
int die(char** words) {
  ::kill(::getpid(), ::atoi(words[0]));
  hold();
}

struct Mode {
  const char* name;
  int words;  // the least number that must follow the name
  int (*act)(char** words);
};

constexpr Mode modes[] = {
    {"init", 0, init},
    {"hold", 0, hold_on},
    {"tree", 0, tree},
    {"daemon", 0, leave_daemon},
    {"busy", 1, busy},
    {"family", 2, family},
    {"churn", 0, churn},
    {"memory", 1, fill_memory},
    {"memory-child", 1, fill_memory_in_child},
    {"reserve", 1, reserve},
    {"cache", 2, fill_cache},
    {"exit", 1, end_with},
    {"die", 1, die},
};

}  // namespace

int main(int argc, char** argv) {
  for (const Mode& mode : modes)
    if (argc >= 2 + mode.words && ::strcmp(argv[1], mode.name) == 0) return mode.act(argv + 2);
  ::fputs("payload: the helper of Slipway's checks; it is of no use alone\n", stderr);
  return 125;
}
