// Wrong: a number is read as far as it goes, and the rest is not looked at.
#define main reference_main
#include "11-cpu-throttle/lab.cpp"
#undef main

#include <cstdlib>

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const double cpus = std::atof(arguments.option("--cpus").c_str());
    const Limit limit = {static_cast<std::int64_t>(cpus * usual_period), usual_period};
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("cpu-throttle"), {"cpu"});
    set_limit(group, limit);
    Child child = start_in(group, command);
    return signals.wait(child).status();
  });
}
