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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <functional>

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

[[noreturn]] void give_up(const char* what) {
  ::fprintf(stderr, "payload: %s: %s\n", what, ::strerror(errno));
  ::_exit(3);
}

// "uts,net" up to a colon, a plus or the end.
std::uint64_t flags_of(const char* names) {
  std::uint64_t flags = 0;
  while (*names != '\0' && *names != ':' && *names != '+') {
    const size_t length = ::strcspn(names, ",:+");
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

// A root on which there is nothing but the checks' helper, at the same path as outside.
void enter(const char* root, const char* folder) {
  char lab[256];
  char place[256];
  ::snprintf(lab, sizeof lab, "%s/lab", root);
  ::snprintf(place, sizeof place, "%s%s", root, folder);
  if (::mkdir(root, 0755) == -1 || ::mkdir(lab, 0755) == -1 || ::mkdir(place, 0755) == -1 ||
      ::mount("/lab", lab, nullptr, MS_BIND, nullptr) == -1 || ::chroot(root) == -1)
    give_up("enter the root");
}

// Starts the target of a lab and waits until it is ready; then starts one more, for the check to
// see that.
[[noreturn]] void present(std::uint64_t namespaces, const std::function<void(pid_t)>& live) {
  int born[2];
  int ready[2];
  if (::pipe2(born, O_CLOEXEC) == -1 || ::pipe2(ready, O_CLOEXEC) == -1) give_up("make a pipe");
  pid_t pid = bear(namespaces);
  if (pid == 0) {
    if (::read(born[0], &pid, sizeof pid) != sizeof pid) ::_exit(3);
    live(pid);
    if (::write(ready[1], "!", 1) != 1) ::_exit(3);
    hold();
  }
  ::close(ready[1]);
  char byte;
  if (::write(born[1], &pid, sizeof pid) != sizeof pid || ::read(ready[0], &byte, 1) != 1)
    ::_exit(3);
  if (bear(0) == 0) hold();
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

// target KINDS ROOT FOLDER TOKEN: a child in new namespaces. With a ROOT other than "/", that is
// its root, made for it; FOLDER is its working folder. Of KINDS "A+B", it begins B when it is in A.
int target(char** words) {
  present(flags_of(words[0]), [words](pid_t) {
    const char* plus = ::strchr(words[0], '+');
    if (plus != nullptr && ::unshare(static_cast<int>(flags_of(plus + 1))) == -1)
      give_up("begin more namespaces");
    if (words[1][1] != '\0') enter(words[1], words[2]);
    if (::chdir(words[2]) == -1) give_up("enter the folder");
  });
}

// double TOKEN: a child in new mount, pid, uts and IPC namespaces, with a /proc in which its
// own number, as seen from outside, is another process's: one in other uts and IPC namespaces.
int has_double(char**) {
  present(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC, [](pid_t number) {
    if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == -1)
      give_up("mount proc");
    for (;;) {
      const pid_t child = bear(CLONE_NEWUTS | CLONE_NEWIPC);
      if (child == 0 && ::getpid() == number) hold();
      if (child == 0) ::_exit(0);
      if (child == number) return;
      ::waitpid(child, nullptr, 0);
      if (child > number) give_up("find the number");
    }
  });
}

}  // namespace payload
