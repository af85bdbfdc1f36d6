// The program that checks give to a learner's program as its COMMAND: static, small, and told by
// its first word what to do. The last word is a token by which the check finds it again from
// outside. It prints nothing: what counts is what the kernel shows of it.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "modes.hpp"

namespace payload {

[[noreturn]] void hold() {
  for (;;) ::pause();
}

void* hold_thread(void*) {
  hold();
}

[[noreturn]] void spin() {
  for (;;) asm volatile("");
}

// A child of ours ends with us, unless it is to outlive us.
pid_t fork_bound() {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);  // it ended before we could ask for the signal
  return 0;
}

// A child that does nothing, for the check to see that we have come so far.
void tell() {
  if (fork_bound() == 0) hold();
}

[[noreturn]] void tell_and_hold() {
  tell();
  hold();
}

namespace {

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

int polite_status;

void leave(int) {
  ::_exit(polite_status);
}

// polite STATUS TOKEN: holds, and ends with that status at SIGTERM or SIGINT.
int be_polite(char** words) {
  polite_status = ::atoi(words[0]);
  ::signal(SIGTERM, leave);
  ::signal(SIGINT, leave);
  tell_and_hold();
}

// make FILE TOKEN: makes a file, and holds.
int make_file(char** words) {
  if (::open(words[0], O_WRONLY | O_CREAT | O_EXCL, 0644) == -1) return 3;
  hold();
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

// answer SIGNAL STATUS TOKEN: once it has a child, it ends with STATUS when SIGNAL comes.
int answer(char** words) {
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, ::atoi(words[0]));
  ::sigprocmask(SIG_BLOCK, &awaited, nullptr);
  tell();
  int number;
  return ::sigwait(&awaited, &number) == 0 ? ::atoi(words[1]) : 1;
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
    {"orphans", 1, leave_orphans},
    {"busy", 1, busy},
    {"family", 2, family},
    {"clan", 3, clan},
    {"churn", 0, churn},
    {"toil", 0, toil},
    {"absorbed", 1, be_absorbed},
    {"polite", 1, be_polite},
    {"burn", 2, burn},
    {"transfer", 3, transfer},
    {"crowd", 1, crowd},
    {"memory", 1, fill_memory},
    {"memory-child", 1, fill_memory_in_child},
    {"memory-children", 2, fill_memory_in_children},
    {"memory-passing", 2, fill_memory_and_leave},
    {"reserve", 1, reserve},
    {"cache", 2, fill_cache},
    {"bomb", 1, bomb},
    {"threads", 1, start_threads},
    {"widen", 0, widen},
    {"make", 1, make_file},
    {"write-direct", 3, payload::write_direct},
    {"write-cached", 2, payload::write_cached},
    {"exit", 1, end_with},
    {"die", 1, die},
    {"named", 1, tell_names},
    {"queues", 2, make_queues},
    {"mounts", 1, change_and_end},
    {"mounts-hold", 1, change_and_hold},
    {"answer", 2, answer},
    {"talk", 0, talk},
    {"grow", 1, grow_root},
    {"zoo", 1, zoo},
    {"vanish", 1, vanish},
    {"keep", 3, keep},
    {"target", 3, target},
    {"double", 0, has_double},
    {"layers", 2, make_layers},
    {"change", 1, change_merged},
    {"break-out", 1, break_out},
    {"cage", 2, break_out_of_cage},
    {"plant", 4, plant_link},
    {"open-masks", 1, open_masks},
    {"mask-cage", 2, open_masks_of_cage},
    {"devices", 0, open_devices},
};

}  // namespace
}  // namespace payload

int main(int argc, char** argv) {
  for (const payload::Mode& mode : payload::modes)
    if (argc >= 2 + mode.words && ::strcmp(argv[1], mode.name) == 0) return mode.act(argv + 2);
  ::fputs("payload: the helper of Slipway's checks; it is of no use alone\n", stderr);
  return 125;
}
