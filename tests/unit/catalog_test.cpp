#include <algorithm>

#include "labkit/workspace/catalog.hpp"

#include "catch.hpp"
#include "slipway/error.hpp"

using labkit::LabInfo;
using labkit::parse_lab;

namespace {

const std::string whole = R"(title = "A tree"
part = 1
program = "cgroup-tree"
usage = "cgroup-tree run"
summary = "makes groups"
points = 10
[needs]
controllers = ["memory"]
capabilities = ["cap_sys_admin"]
features = ["overlayfs"]
[[step]]
name = "make"
todo = "make it"
hints = ["one", "two", "three"]
[[check]]
name = "joined"
points = 10
says = "it is in"
[[wrong]]
file = "late.py"
caught_by = "joined"
cause = "too late"
[[right]]
file = "other.c"
way = "in C"
)";

LabInfo parse(const std::string& text) {
  return parse_lab(text, "labs/10-tree/lab.toml", "10-tree");
}

/// `whole` with one line replaced: by nothing, or by another text.
std::string without(const std::string& line, const std::string& instead = "") {
  std::string text = whole;
  const size_t place = text.find(line + "\n");
  if (place == std::string::npos) throw std::logic_error("no line " + line);
  text.replace(place, line.size(), instead);
  return text;
}

}  // namespace

TEST_CASE("everything in a lab.toml has its place") {
  const LabInfo lab = parse(whole);
  CHECK(lab.id == "10-tree");
  CHECK(lab.number() == "10");
  CHECK(lab.title == "A tree");
  CHECK(lab.part == 1);
  CHECK(lab.program == "cgroup-tree");
  CHECK(lab.points == 10);
  CHECK(lab.controllers == std::vector<std::string>{"memory"});
  CHECK(lab.capabilities == std::vector<std::string>{"cap_sys_admin"});
  CHECK(lab.features == std::vector<std::string>{"overlayfs"});
  CHECK(!lab.initial_user_namespace);
  const std::string features = "features = [\"overlayfs\"]";
  CHECK(parse(without(features, "initial_user_namespace = true")).initial_user_namespace);
  REQUIRE(lab.steps.size() == 1);
  CHECK(lab.steps[0].hints[2] == "three");
  REQUIRE(lab.checks.size() == 1);
  CHECK(lab.checks[0].points == 10);
  REQUIRE(lab.wrong.size() == 1);
  CHECK(lab.wrong[0].name() == "late");
  CHECK(lab.wrong[0].caught_by == "joined");
  REQUIRE(lab.right.size() == 1);
  CHECK(lab.right[0].cause == "in C");
}

TEST_CASE("what is missing in a lab.toml is named, with the file and the place") {
  const auto [line, complaint] = GENERATE(
      std::pair<const char*, const char*>{"title = \"A tree\"", ": title is missing"},
      std::pair<const char*, const char*>{"part = 1", ": part is missing"},
      std::pair<const char*, const char*>{"program = \"cgroup-tree\"", ": program is missing"},
      std::pair<const char*, const char*>{"usage = \"cgroup-tree run\"", ": usage is missing"},
      std::pair<const char*, const char*>{"summary = \"makes groups\"", ": summary is missing"},
      std::pair<const char*, const char*>{"todo = \"make it\"", ": step 1: todo is missing"},
      std::pair<const char*, const char*>{"says = \"it is in\"", ": check 1: says is missing"},
      std::pair<const char*, const char*>{"caught_by = \"joined\"",
                                          ": wrong 1: caught_by is missing"},
      std::pair<const char*, const char*>{"cause = \"too late\"", ": wrong 1: cause is missing"},
      std::pair<const char*, const char*>{"way = \"in C\"", ": right 1: way is missing"});
  CHECK_THROWS_WITH(parse(without(line)), std::string("labs/10-tree/lab.toml") + complaint);
}

TEST_CASE("what is of the wrong kind in a lab.toml is named") {
  const auto refusal = [](const std::string& line, const std::string& instead) {
    try {
      parse(without(line, instead));
    } catch (const slipway::Error& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  const std::string file = "labs/10-tree/lab.toml: ";
  CHECK(refusal("title = \"A tree\"", "title = 7") == file + "title must be a text");
  CHECK(refusal("part = 1", "part = \"1\"") == file + "part must be a number from 0 to 1000");
  CHECK(refusal("part = 1", "part = -1") == file + "part must be a number from 0 to 1000");
  CHECK(refusal("part = 1", "part = 1.5") == file + "part must be a number from 0 to 1000");
  CHECK(refusal("part = 1", "part = 1001") == file + "part must be a number from 0 to 1000");
  CHECK(refusal("controllers = [\"memory\"]", "controllers = \"memory\"") ==
        file + "needs: controllers must be a list of texts");
  CHECK(refusal("controllers = [\"memory\"]", "controllers = [1]") ==
        file + "needs: controllers must be a list of texts");
  CHECK(refusal("controllers = [\"memory\"]", "initial_user_namespace = \"true\"") ==
        file + "needs: initial_user_namespace must be true or false");
  CHECK(refusal("controllers = [\"memory\"]", "controlers = []") ==
        file + "needs: unknown key controlers");
  CHECK(refusal("todo = \"make it\"", "todo = \"make it\"\ntood = 1") ==
        file + "step 1: unknown key tood");
  CHECK(refusal("title = \"A tree\"", "title = \"A tree\"\ncolour = 1") ==
        file + "unknown key colour");
  CHECK_THAT(refusal("hints = [\"one\", \"two\", \"three\"]", "hints = [\"one\"]"),
             StartsWith(file) && contains("step 1: step make must have three hints, it has 1"));
}

TEST_CASE("a word where tables belong is refused") {
  const std::string text = GENERATE("check = 1\n", "step = \"make\"\n", "wrong = [1]\n");
  const std::string top = whole.substr(0, whole.find("[needs]"));
  CHECK_THROWS_WITH(parse(top + text + "[needs]\n"), StartsWith("labs/10-tree/lab.toml: "));
}

TEST_CASE("what is not TOML is refused with the file and the line") {
  CHECK_THROWS_WITH(parse("title = \"A tree\"\npart = \n"),
                    StartsWith("labs/10-tree/lab.toml, line 2: "));
  CHECK_THROWS_WITH(parse("a = 1\na = 2\n"), StartsWith("labs/10-tree/lab.toml, line 2: "));
}

TEST_CASE("a lab is found by its id, its number and its name") {
  for (const char* name : {"10-cgroup-tree", "10", "cgroup-tree"})
    CHECK(labkit::find_lab(name).id == "10-cgroup-tree");
  CHECK_THROWS_WITH(
      labkit::find_lab("tree"),
      StartsWith("there is no lab \"tree\"; the labs are:") && contains("\n  10-cgroup-tree"));
}

TEST_CASE("every lab of the toolkit has points that add up, and programs that name its checks") {
  for (const LabInfo& lab : labkit::catalog()) {
    INFO(lab.id);
    int sum = 0;
    std::vector<std::string> names;
    for (const LabInfo::Check& check : lab.checks) {
      sum += check.points;
      names.push_back(check.name);
    }
    CHECK(sum == lab.points);
    for (const LabInfo::Program& wrong : lab.wrong)
      CHECK(std::ranges::find(names, wrong.caught_by) != names.end());
  }
}
