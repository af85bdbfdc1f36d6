// Two promises, for libFuzzer to break:
//   a document that parse_result() takes can be written in every format, and read back the same;
//   whatever a program printed, the JSON that is written can be read back.
// clang++ -std=c++20 -g -fsanitize=fuzzer,address,undefined -I src -I tests/unit
// tests/fuzz/result_fuzz.cpp
//   src/labkit/report/*.cpp src/labkit/verdict/result.cpp src/slipway/error.cpp -lfmt -o
//   result_fuzz
// As a first corpus: `lab check 11 --format json --output corpus/1`.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "labkit/report/report.hpp"
#include "report_samples.hpp"
#include "slipway/error.hpp"

using labkit::report::Format;
using labkit::report::parse_result;
using labkit::report::write;

namespace {

void write_all(const labkit::Result& result) {
  for (const Format format :
       {Format::terminal, Format::junit, Format::gradescope, Format::classroom, Format::exercism}) {
    if (write(result, format).empty()) std::abort();
  }
  const std::string document = write(result, Format::json);
  if (write(parse_result(document), Format::json) != document) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const labkit::Result result = parse_result(text);
    write_all(result);
  } catch (const slipway::Error&) {  // Refused, as nearly everything must be.
    if (!text.empty()) write_all(samples::all_of(text));
  }
  return 0;
}
