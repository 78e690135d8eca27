#pragma once
// Result<T>: a value, or an Error that says what kind of trouble it was and the detail a person needs.
//
// Expected trouble (input, I/O, database, Redis) travels as a Result; exceptions mean a bug or a
// failed start and are caught in main and in core/spawn only.

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace maproom {

enum class Errc {
  invalid,      ///< the input breaks a rule (configuration, template, protocol)
  unavailable,  ///< the other side is not there (refused, broken link, in back-off)
  timeout,      ///< the deadline passed
  overload,     ///< a bound was reached (waiters, pool)
  query,        ///< the server answered with an error
  bad_data,     ///< the answer cannot be used (limits, encoding, result sets)
};

struct Error {
  Errc code;
  std::string detail;  ///< one line, no secrets
};

[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error("unchecked error: " + error.detail);
}

template <class T>
using Result = boost::system::result<T, Error>;

inline Error fail(Errc code, std::string detail) { return Error{code, std::move(detail)}; }

}  // namespace maproom
