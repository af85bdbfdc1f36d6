#include "slipway/signals.hpp"

#include <unistd.h>

#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"

using namespace slipway;

namespace {

/// A command that ends with status 50 + the number of the signal that it gets.
Child start_catcher(const Pipe& ready) {
  const std::string script =
      "for s in 1 2 3 15; do trap \"exit $((50 + s))\" $s; done; echo ready; "
      "while :; do sleep 0.05; done";
  Child child = start({}, [&] {
    check(::dup2(ready.write.get(), 1), "set standard output");
    execute({"sh", "-c", script});
  });
  char byte;
  check(::read(ready.read.get(), &byte, 1), "read");
  return child;
}

}  // namespace

TEST_CASE("a signal to us is passed on to the child, and we live to tell its status") {
  const int number = GENERATE(SIGHUP, SIGINT, SIGQUIT, SIGTERM);
  const pid_t program = machine::fork_to([&] {
    Signals signals;
    const Pipe ready = make_pipe();
    Child child = start_catcher(ready);
    ::kill(::getpid(), number);
    return signals.wait(child).status();
  });
  CHECK(machine::status_of(program) == 50 + number);
}

TEST_CASE("a signal that came before the child is not lost") {
  const pid_t program = machine::fork_to([] {
    Signals signals;
    ::kill(::getpid(), SIGTERM);
    const Pipe ready = make_pipe();
    Child child = start_catcher(ready);
    return signals.wait(child).status();
  });
  CHECK(machine::status_of(program) == 50 + SIGTERM);
}

TEST_CASE("another signal may be sent instead") {
  const pid_t program = machine::fork_to([] {
    Signals signals;
    const Pipe ready = make_pipe();
    Child child = start_catcher(ready);
    ::kill(::getpid(), SIGTERM);
    return signals.wait(child, SIGKILL).status();
  });
  CHECK(machine::status_of(program) == 128 + SIGKILL);
}

TEST_CASE("what passing on means may be said by the caller") {
  const pid_t program = machine::fork_to([] {
    Signals signals;
    const Pipe ready = make_pipe();
    Child child = start_catcher(ready);
    ::kill(::getpid(), SIGTERM);
    return signals.wait(child, [&](int number) { child.signal(number - SIGTERM + SIGINT); })
        .status();
  });
  CHECK(machine::status_of(program) == 50 + SIGINT);
}

TEST_CASE("without a signal the child's own end is told") {
  Signals signals;
  Child child = start({}, [] { execute({"sh", "-c", "exit 3"}); });
  CHECK(signals.wait(child).status() == 3);
}

TEST_CASE("the mask is afterwards what it was before") {
  sigset_t before;
  sigset_t during;
  sigset_t after;
  ::sigprocmask(SIG_SETMASK, nullptr, &before);
  {
    const Signals signals;
    ::sigprocmask(SIG_SETMASK, nullptr, &during);
  }
  ::sigprocmask(SIG_SETMASK, nullptr, &after);
  for (int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
    CHECK(sigismember(&during, number) == 1);
    CHECK(sigismember(&after, number) == sigismember(&before, number));
  }
}
