#include "slipway/task.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include "catch.hpp"
#include "slipway/error.hpp"

using slipway::find_task;
using slipway::parse_task;
using slipway::Task;

namespace {

std::string line(const std::string& name) {
  return "17 (" + name + ") S 3 17 17 0 -1 4194560 10 20 30 40 50 60 70 80 20 0 1 0 98765 1 2";
}

}  // namespace

TEST_CASE("a task is read from its line, whatever its name is") {
  const std::string name =
      GENERATE("sh", "", "tmux: server", "a) S 99 (b", ") R 1 2 3", "((", "new\nline", "\xff\t");
  const Task task = parse_task(line(name));
  CHECK(task.tid == 17);
  CHECK(task.name == name);
  CHECK(task.state == 'S');
  CHECK(task.parent == 3);
  CHECK(task.start_time == 98765);
}

TEST_CASE("what is not a line of stat is refused") {
  const std::string text = GENERATE("", "(", ")", "17", "17 sh S 3", "(sh) S 3", ")(", "17 (sh)",
                                    "17 (sh) S 3 4", "17 (sh", "x (sh) S 3");
  CHECK_THROWS_AS(parse_task(text), slipway::Error);
  std::string no_number = line("sh");
  no_number.replace(no_number.find("98765"), 5, "later");
  CHECK_THROWS_AS(parse_task(no_number), slipway::Error);
}

TEST_CASE("a task of this machine is found with its real name") {
  char before[16];
  ::prctl(PR_GET_NAME, before);
  ::prctl(PR_SET_NAME, "a) S 1 (b\n");
  const auto task = find_task(::getpid(), ::getpid());
  ::prctl(PR_SET_NAME, before);
  REQUIRE(task);
  CHECK(task->name == "a) S 1 (b\n");
  CHECK(task->tid == ::getpid());
  CHECK(task->parent == ::getppid());
  CHECK(task->state == 'R');
}

TEST_CASE("a task that is gone is nothing, not an error") {
  CHECK(!find_task(0x7ffffffe, 0x7ffffffe));
}
