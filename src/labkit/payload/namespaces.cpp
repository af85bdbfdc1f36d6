// What the checks of the labs about namespaces run: processes in namespaces of their own.

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "modes.hpp"

namespace payload {
namespace {

struct Kind {
  const char* name;
  std::uint64_t flag;
};

// namespaces(7), by the names in /proc/PID/ns.
constexpr Kind kinds[] = {{"cgroup", CLONE_NEWCGROUP}, {"ipc", CLONE_NEWIPC},
                          {"mnt", CLONE_NEWNS},        {"net", CLONE_NEWNET},
                          {"pid", CLONE_NEWPID},       {"time", CLONE_NEWTIME},
                          {"user", CLONE_NEWUSER},     {"uts", CLONE_NEWUTS}};

[[noreturn]] void hold() {
  for (;;) ::pause();
}

[[noreturn]] void give_up(const char* what) {
  ::fprintf(stderr, "payload: %s: %s\n", what, ::strerror(errno));
  ::_exit(3);
}

// "uts,net" up to a colon or the end.
std::uint64_t flags_of(const char* names) {
  std::uint64_t flags = 0;
  while (*names != '\0' && *names != ':') {
    const size_t length = ::strcspn(names, ",:");
    for (const Kind& kind : kinds)
      if (::strlen(kind.name) == length && ::strncmp(kind.name, names, length) == 0)
        flags |= kind.flag;
    names += length + (names[length] == ',' ? 1 : 0);
  }
  return flags;
}

// A child that begins these namespaces and ends with us. clone3(2), since clone(2) has no room for
// the flag of time namespaces.
pid_t bear(std::uint64_t namespaces) {
  clone_args args{};
  args.flags = namespaces;
  args.exit_signal = SIGCHLD;
  const auto pid = static_cast<pid_t>(::syscall(SYS_clone3, &args, sizeof args));
  if (pid == -1) give_up("begin namespaces");
  if (pid == 0) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  return pid;
}

void* hold_thread(void*) {
  hold();
}

struct Family {
  std::uint64_t namespaces;
  long processes;
  long threads;
  long zombies;
};

// "KINDS:PROCESSES:THREADS:ZOMBIES"
Family parse_family(const char* word) {
  Family family{flags_of(word), 1, 1, 0};
  long* const numbers[] = {&family.processes, &family.threads, &family.zombies};
  const char* colon = word;
  for (long* number : numbers) {
    colon = ::strchr(colon, ':');
    if (colon == nullptr) break;
    *number = ::atol(++colon);
  }
  return family;
}

[[noreturn]] void live(const Family& family) {
  for (long i = 1; i < family.processes; ++i)
    if (bear(0) == 0) hold();
  for (long i = 0; i < family.zombies; ++i)
    if (bear(0) == 0) ::_exit(0);
  for (long i = 1; i < family.threads; ++i) {
    pthread_t thread;
    if (::pthread_create(&thread, nullptr, hold_thread, nullptr) != 0) give_up("start a thread");
  }
  hold();
}

}  // namespace

// zoo FAMILY... TOKEN: families of processes, each in new namespaces. A FAMILY is
// KINDS:PROCESSES:THREADS:ZOMBIES, "uts,net:3:2:1" for three processes, of which the first has two
// threads and a child that it does not wait for. A word without a colon is passed over.
int zoo(char** words) {
  for (; words[0] != nullptr && words[1] != nullptr; ++words) {
    if (::strchr(words[0], ':') == nullptr) continue;
    const Family family = parse_family(words[0]);
    if (bear(family.namespaces) == 0) live(family);
  }
  hold();
}

// vanish COUNT TOKEN: COUNT children at any moment, each of which ends after a moment, every other
// one in a uts namespace of its own.
int vanish(char** words) {
  for (long lines = ::atol(words[0]); lines > 0; --lines) {
    if (bear(0) != 0) continue;
    [[maybe_unused]] const int polite = ::nice(10);  // who looks at us must come to its turn
    for (bool own = false;; own = !own) {
      const pid_t child = bear(own ? CLONE_NEWUTS : 0);
      if (child == 0) {
        ::usleep(1500);
        ::_exit(0);
      }
      ::waitpid(child, nullptr, 0);
    }
  }
  hold();
}

// keep KIND PATH LIVED_IN TOKEN: a namespace that a bind mount on PATH keeps. With 0, no process is
// in it.
int keep(char** words) {
  const pid_t child = bear(flags_of(words[0]));
  if (child == 0) hold();
  char file[64];
  ::snprintf(file, sizeof file, "/proc/%d/ns/%s", child, words[0]);
  const int place = ::open(words[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (place == -1 || ::mount(file, words[1], nullptr, MS_BIND, nullptr) == -1)
    give_up("keep the namespace");
  ::close(place);
  if (words[2][0] == '0') {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  hold();
}

}  // namespace payload
