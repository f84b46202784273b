#ifndef LOOPY_TRANSPORT_ADAPTER_TRANSPORT_TIMELINE_FILE_H_
#define LOOPY_TRANSPORT_ADAPTER_TRANSPORT_TIMELINE_FILE_H_

#include <string>

namespace loopy {

// Writes the timeline of the process to `path`, in the Trace Event Format: an
// array of JSON objects, which Perfetto and chrome://tracing open. Returns
// false, and logs one line, if the file cannot be written. No lock is held.
// Threads: any.
bool WriteTimelineFile(const std::string& path);

// If LOOPY_TIMELINE names a file, in which %p stands for the process's number,
// starts the timeline, which is written there when the process ends by exit()
// or by a return from main. Not by a child of
// fork(), and not if a signal ends the process: signals are the program's.
// Calling it twice is harmless.
void StartTimelineFromEnvironment();

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_TRANSPORT_TIMELINE_FILE_H_
