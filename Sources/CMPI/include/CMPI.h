// All of MPI that musegen uses, without a type of MPI's. Ranks alone calls it; its threads take turns.
#ifndef MUSEGEN_CMPI_H
#define MUSEGEN_CMPI_H

#include <stddef.h>

// Whether musegen was built with MPI; without it every other function fails.
int musegen_mpi_is_built(void);

// Joins the processes that were started together. Returns 0, or MPI's number of an error. Where the variable
// MUSEGEN_MPI_DELAY says so many microseconds, each message counts as received that much later: a machine stands in for
// a cluster of such latency.
int musegen_mpi_join(void);

// Says farewell, after which nothing else may be called. Every process must.
void musegen_mpi_leave(void);

// Which of the processes this is, of how many, and of how many on this machine.
int musegen_mpi_rank(void);
int musegen_mpi_count(void);
int musegen_mpi_local_count(void);

// Writes texts that end with a zero: MPI's name and version, this machine's name, what an error is.
void musegen_mpi_library(char *text, size_t size);
void musegen_mpi_host(char *text, size_t size);
void musegen_mpi_error(int number, char *text, size_t size);

// Start to send and to receive bytes, which must stay where they are until the transfer is done. They
// return the number of the transfer, or minus MPI's number of an error.
int musegen_mpi_send(const void *bytes, size_t count, int to, int tag);
int musegen_mpi_receive(void *bytes, size_t count, int from, int tag);

// Starts to add up floats over all processes in whatever order MPI likes; every process gets the sums.
int musegen_mpi_sum(const float *values, float *sums, size_t count);

// Whether a transfer is done, which then forgets its number: 1, 0, or minus MPI's number of an error.
int musegen_mpi_is_done(int transfer);

#endif
