#include "labkit/report/report.hpp"

#include <fmt/format.h>

#include <array>

#include "labkit/report/text.hpp"
#include "labkit/report/writers.hpp"
#include "slipway/error.hpp"

namespace labkit::report {
namespace {

struct Named {
  std::string_view name;
  Format format;
};

constexpr std::array<Named, 6> formats{{
    {"terminal", Format::terminal},
    {"json", Format::json},
    {"junit", Format::junit},
    {"gradescope", Format::gradescope},
    {"classroom", Format::classroom},
    {"exercism", Format::exercism},
}};

}  // namespace

Format format_of(std::string_view name) {
  std::string names;
  for (const Named& known : formats) {
    if (known.name == name) return known.format;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
  }
  throw slipway::Error(fmt::format("\"{}\" is no format; there are {}", visible(name), names));
}

std::string write(const Result& result, Format format, const Look& look) {
  switch (format) {
    case Format::terminal:
      return write_terminal(result, look);
    case Format::json:
      return write_json(result);
    case Format::junit:
      return write_junit(result);
    case Format::gradescope:
      return write_gradescope(result);
    case Format::classroom:
      return write_classroom(result);
    case Format::exercism:
      return write_exercism(result);
  }
  throw slipway::Error("a format without a writer");
}

}  // namespace labkit::report
