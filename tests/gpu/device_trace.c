/* Counts what a GPU does for a process: kernels, how long any of them runs, gaps between them, and bytes copied by direction.
 *
 * The CUDA driver loads it into a process that is started with CUDA_INJECTION64_PATH=…/libdevice_trace.so (CUPTI's injection). When the
 * process ends it writes one JSON object to the file that DEVICE_TRACE names, or to standard error. What a step takes is the difference
 * of two runs of different length: device_trace.sh builds it and does that.
 */
#include <cupti.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUFFER_BYTES = 8 << 20, ALIGNMENT = 8, KINDS = 16, GAP_NANOS = 10000 };

typedef struct { uint64_t start, end; } Span;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Span *spans;
static size_t count, capacity;
static uint64_t copies[KINDS], bytes[KINDS];
static uint64_t dropped;

static void keep(uint64_t start, uint64_t end) {
    if (count == capacity) {
        size_t larger = capacity ? 2 * capacity : 1 << 16;
        Span *grown = realloc(spans, larger * sizeof *grown);
        if (!grown) { dropped++; return; }
        spans = grown;
        capacity = larger;
    }
    spans[count++] = (Span){start, end};
}

static void CUPTIAPI requested(uint8_t **buffer, size_t *size, size_t *records) {
    *buffer = aligned_alloc(ALIGNMENT, BUFFER_BYTES);
    *size = *buffer ? BUFFER_BYTES : 0;
    *records = 0;
}

static void CUPTIAPI completed(CUcontext context, uint32_t stream, uint8_t *buffer, size_t size, size_t valid) {
    CUpti_Activity *record = NULL;
    (void)size;
    pthread_mutex_lock(&lock);
    while (cuptiActivityGetNextRecord(buffer, valid, &record) == CUPTI_SUCCESS) {
        if (record->kind == CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) {
            const KERNEL_RECORD *kernel = (const KERNEL_RECORD *)record;
            keep(kernel->start, kernel->end);
        } else if (record->kind == CUPTI_ACTIVITY_KIND_MEMCPY) {
            const MEMCPY_RECORD *copy = (const MEMCPY_RECORD *)record;
            copies[copy->copyKind % KINDS]++;
            bytes[copy->copyKind % KINDS] += copy->bytes;
        }
    }
    size_t lost = 0;
    if (cuptiActivityGetNumDroppedRecords(context, stream, &lost) == CUPTI_SUCCESS) {
        dropped += lost;
    }
    pthread_mutex_unlock(&lock);
    free(buffer);
}

static int byStart(const void *one, const void *other) {
    uint64_t a = ((const Span *)one)->start, b = ((const Span *)other)->start;
    return a < b ? -1 : a > b;
}

static void report(void) {
    cuptiActivityFlushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
    pthread_mutex_lock(&lock);
    qsort(spans, count, sizeof *spans, byStart);
    uint64_t busy = 0, end = 0, gaps = 0, gapNanos = 0;
    for (size_t i = 0; i < count; i++) {
        if (spans[i].start > end) {
            if (end) {
                gaps += spans[i].start - end > GAP_NANOS;
                gapNanos += spans[i].start - end;
            }
            busy += spans[i].end - spans[i].start;
            end = spans[i].end;
        } else if (spans[i].end > end) {
            busy += spans[i].end - end;
            end = spans[i].end;
        }
    }
    const char *name = getenv("DEVICE_TRACE");
    FILE *file = name ? fopen(name, "w") : stderr;
    if (file) {
        fprintf(file,
                "{\"kernels\": %zu, \"busy_ms\": %.6f, \"gap_ms\": %.6f, \"gaps_over_10_us\": %llu, \"host_to_device_bytes\": %llu, "
                "\"host_to_device_copies\": %llu, \"device_to_host_bytes\": %llu, \"device_to_host_copies\": %llu, "
                "\"device_to_device_bytes\": %llu, \"device_to_device_copies\": %llu, \"dropped_records\": %llu}\n",
                count, busy / 1e6, gapNanos / 1e6, (unsigned long long)gaps, (unsigned long long)bytes[CUPTI_ACTIVITY_MEMCPY_KIND_HTOD],
                (unsigned long long)copies[CUPTI_ACTIVITY_MEMCPY_KIND_HTOD], (unsigned long long)bytes[CUPTI_ACTIVITY_MEMCPY_KIND_DTOH],
                (unsigned long long)copies[CUPTI_ACTIVITY_MEMCPY_KIND_DTOH], (unsigned long long)bytes[CUPTI_ACTIVITY_MEMCPY_KIND_DTOD],
                (unsigned long long)copies[CUPTI_ACTIVITY_MEMCPY_KIND_DTOD], (unsigned long long)dropped);
        if (file != stderr) {
            fclose(file);
        }
    }
    pthread_mutex_unlock(&lock);
}

/* Called by the driver when it is first used. 1: everything is well. */
int InitializeInjection(void) {
    if (cuptiActivityRegisterCallbacks(requested, completed) != CUPTI_SUCCESS
        || cuptiActivityEnable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL) != CUPTI_SUCCESS
        || cuptiActivityEnable(CUPTI_ACTIVITY_KIND_MEMCPY) != CUPTI_SUCCESS) {
        fprintf(stderr, "device trace: CUPTI refused to record\n");
        return 1;
    }
    atexit(report);
    return 1;
}
