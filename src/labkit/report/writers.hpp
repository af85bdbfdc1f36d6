#pragma once

#include <string>

#include "labkit/report/report.hpp"

/// The writers, each in a file of its name; report.cpp chooses among them.
namespace labkit::report {

std::string write_terminal(const Result& result, const Look& look);
std::string write_json(const Result& result);
std::string write_junit(const Result& result);
std::string write_gradescope(const Result& result);
std::string write_classroom(const Result& result);
std::string write_exercism(const Result& result);

}  // namespace labkit::report
