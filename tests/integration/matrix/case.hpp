#pragma once
// A case of the matrix: a way in which what a map says can change, as text. A file holds cases that share one database
// and one daemon. What the truth is stands in no file: MariaDB is asked.
//
//   world: bounded               short times to live; for changes that no binlog tells of
//   case: NAME                   begins a case
//   query: SELECT ...            the maps' query; default: SELECT v FROM {t} WHERE k = '%s'
//   key: KEY                     one that is asked; default: old and new
//   before: SQL                  done before the daemon starts; default: a table {t} with a row for "old"
//   do: SQL                      the change, as root; several make several steps
//   do@NAME: SQL                 the same on a connection of that name; it is closed after the case
//   after: SQL                   when all is judged, for the cases behind it
//   fails: SQL                   a step that MariaDB refuses
//   sh: COMMAND                  a step that is no SQL
//   server: restart | crash      a step of the server itself
//   wait: SQL                    until it returns a row
//   settle: yes                  until the daemon has read the tables' layout anew; then it is asked again
//   truth: held                  as a connection sees it that was opened before the change, as the daemon's own were
//   set: no                      its keys cannot be listed, so that there is no key set to be right or wrong
//   outcome: same                nothing changes, and nothing may seem to
//   outcome: kept                it cannot be asked any more; what it said until then may still be said
//
// A line that begins with a blank goes on with the one above. {t} is the case's own table name, {db} the database,
// {user} the daemon's; in commands also {client} and {dump}, the server's own programs with this server as their own,
// {data} its folder and {tmp} one for files.

#include <map>
#include <string>
#include <vector>

namespace maproom::test::matrix {

struct Step {
  enum class Kind : unsigned char { sql, fails, shell, server, wait, settle };
  Kind kind = Kind::sql;
  std::string session;  ///< empty: the case's ordinary one
  std::string text;
};

enum class Outcome : unsigned char {
  seen,  ///< a key's truth changes, and each answer becomes the truth
  same,  ///< the truth stays
  kept,  ///< the truth becomes an error
};

struct Case {
  std::string name;
  std::string table;  ///< {t}
  std::string query = "SELECT v FROM {t} WHERE k = '%s'";
  std::vector<std::string> keys;
  std::vector<Step> before, change, after;
  bool has_set = true;
  bool truth_held = false;
  Outcome outcome = Outcome::seen;
};

struct CaseFile {
  std::string name;
  bool bounded = false;
  std::vector<Case> cases;
};

/// Of this folder; throws with the line that cannot be read.
[[nodiscard]] CaseFile read_cases(const std::string& name);

using Words = std::map<std::string, std::string>;
/// Each {word} is replaced; braces around anything else stay.
[[nodiscard]] std::string filled_in(std::string text, const Words& words);

}  // namespace maproom::test::matrix
