#include "labkit/workspace/starter.hpp"

#include "catch.hpp"
#include "slipway/error.hpp"

using labkit::LabInfo;
using labkit::open_steps;
using labkit::solution;
using labkit::starter;

namespace {

LabInfo lab_with(const std::vector<std::string>& steps) {
  LabInfo lab;
  lab.id = "10-tree";
  for (const std::string& step : steps) lab.steps.push_back({step, "do the " + step, {}});
  return lab;
}

constexpr char reference[] =
    "int main() {\n"
    "  //! [make]\n"
    "  secret_one();\n"
    "  //! [make]\n"
    "  given();\n"
    "    //! [join]\n"
    "    secret_two();\n"
    "    secret_three();\n"
    "    //! [join]\n"
    "}\n";

}  // namespace

TEST_CASE("a starter is the reference with its steps open") {
  CHECK(starter(lab_with({"make", "join"}), reference) ==
        "int main() {\n"
        "  // TODO step 1 of 2: do the make.\n"
        "  // Stuck? `lab hint 10`\n"
        "  frame::todo(1, \"make\", \"do the make\");\n"
        "  given();\n"
        "    // TODO step 2 of 2: do the join.\n"
        "    // Stuck? `lab hint 10`\n"
        "    frame::todo(2, \"join\", \"do the join\");\n"
        "}\n");
}

TEST_CASE("marks that are no step's are taken out, and what is between them stays") {
  const std::string text = starter(lab_with({"make"}), reference);
  CHECK(text.find("//! [") == std::string::npos);
  CHECK(text.find("secret_one") == std::string::npos);
  CHECK(text.find("secret_two") != std::string::npos);
}

TEST_CASE("quotes and backslashes in a step's sentence do not end the text in C++") {
  LabInfo lab = lab_with({"make", "join"});
  lab.steps[0].todo = R"(write "max\n")";
  CHECK(starter(lab, reference).find(R"(frame::todo(1, "make", "write \"max\\n\"");)") !=
        std::string::npos);
}

TEST_CASE("a mark that does not stand twice is refused with the lab, the mark and the number") {
  CHECK_THROWS_WITH(starter(lab_with({"gone"}), reference),
                    "10-tree/lab.cpp: the mark //! [gone] stands 0 times, it must be twice");
  const std::string once = "//! [make]\nint x;\n";
  CHECK_THROWS_WITH(starter(lab_with({"make"}), once), contains("stands 1 times"));
  CHECK_THROWS_WITH(solution(lab_with({"make"}), once), contains("stands 1 times"));
  CHECK_THROWS_WITH(starter(lab_with({"make"}), once + once + once), contains("stands 3 times"));
}

TEST_CASE("a solution has the steps' lines and no others") {
  const std::string text = solution(lab_with({"make", "join"}), reference);
  CHECK(text.find("secret_one();") != std::string::npos);
  CHECK(text.find("secret_three();") != std::string::npos);
  CHECK(text.find("given();") == std::string::npos);
  CHECK(text.find("Step 2 of 2, join: do the join") != std::string::npos);
}

TEST_CASE("the open steps are those whose TODO still stands") {
  const LabInfo lab = lab_with({"make", "join"});
  const std::string all = starter(lab, reference);
  CHECK(open_steps(lab, all) == std::vector<int>{1, 2});
  CHECK(open_steps(lab, starter(lab_with({"make"}), reference)) == std::vector<int>{1});
  CHECK(open_steps(lab, reference).empty());
}
