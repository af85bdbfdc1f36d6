#include <algorithm>

#include "catch.hpp"
#include "labkit/toolkit.hpp"
#include "labkit/workspace/compile.hpp"
#include "slipway/file.hpp"

using labkit::compile_command;

TEST_CASE("a lab is compiled with its units, the toolkit's headers and its libraries") {
  const auto words = compile_command({"/w/a.cpp", "/w/b.hpp", "/w/c.cc"}, "/w/out");
  const auto has = [&](const std::string& word) {
    return std::ranges::find(words, word) != words.end();
  };
  CHECK(words.front() == "/usr/bin/c++");
  CHECK(has("-std=c++20"));
  CHECK(has("/w/a.cpp"));
  CHECK(has("/w/c.cc"));
  CHECK(!has("/w/b.hpp"));  // a header is included, never compiled
  CHECK(has("-I" + labkit::toolkit().include));
  const auto output = std::ranges::find(words, "-o");
  REQUIRE(output != words.end());
  CHECK(output[1] == "/w/out");
}

TEST_CASE("the frame is linked before the core, which it needs") {
  const auto words = compile_command({"/w/a.cpp"}, "/w/out");
  const auto place = [&](const char* word) { return std::ranges::find(words, word); };
  REQUIRE(place("-lslipway") != words.end());
  CHECK(place("/w/a.cpp") < place("-lslipway_frame"));
  CHECK(place("-lslipway_frame") < place("-lslipway"));
}

TEST_CASE("the toolkit's parts are where it says") {
  const labkit::Toolkit& kit = labkit::toolkit();
  for (const std::string& path : {kit.include + "/slipway/error.hpp", kit.payload, kit.labs})
    CHECK(slipway::exists(path));
}
