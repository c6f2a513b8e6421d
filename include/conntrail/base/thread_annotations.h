// Which lock guards what, in a form that the compiler checks: scripts/tidy reads them with clang
// (-Wthread-safety), to g++ they are nothing. https://clang.llvm.org/docs/ThreadSafetyAnalysis.html
#pragma once

#ifdef __clang__
#define CONNTRAIL_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define CONNTRAIL_THREAD_ANNOTATION(x)
#endif

// Of a class: it is a lock, or the like of one.
#define CAPABILITY(name) CONNTRAIL_THREAD_ANNOTATION(capability(name))
#define SCOPED_CAPABILITY CONNTRAIL_THREAD_ANNOTATION(scoped_lockable)
// Of a member: it is used only while this lock is held.
#define GUARDED_BY(lock) CONNTRAIL_THREAD_ANNOTATION(guarded_by(lock))
// Of a function: the caller holds the lock; the caller must not hold it; it takes the lock; it gives it back.
#define REQUIRES(...) CONNTRAIL_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) CONNTRAIL_THREAD_ANNOTATION(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) CONNTRAIL_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASE(...) CONNTRAIL_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define ASSERT_CAPABILITY(lock) CONNTRAIL_THREAD_ANNOTATION(assert_capability(lock))
