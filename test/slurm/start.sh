#!/usr/bin/env bash
# Starts Slurm on loopback, one node, all of it in one folder, as root: start.sh FOLDER [CPUS]
# Prints SLURM_CONF=… and PIDS=…; kill the PIDS to stop it. Debian's packages are installed when they are missing.
set -euo pipefail
folder=$(mkdir -p "$1" && realpath "$1")
cpus=${2:-$(nproc)}
host=$(hostname -s)
if ! command -v slurmctld munged > /dev/null; then
  (apt-get update && apt-get install --yes --no-install-recommends slurm-wlm munge) >&2
fi
mkdir -p "$folder"/{state,spool,log,munge}
chmod 700 "$folder/munge"
(umask 077 && dd if=/dev/urandom of="$folder/munge/key" bs=1 count=1024 status=none)
munged --force --socket "$folder/munge/socket" --key-file "$folder/munge/key" --pid-file "$folder/munge/pid" \
  --log-file "$folder/munge/log" --seed-file "$folder/munge/seed"
# A requeued task starts when its credential has expired.
cat > "$folder/slurm.conf" << CONF
ClusterName=loopback
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/slurmd
SlurmctldPort=16827
SlurmdPort=16828
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0
JobRequeue=1
MinJobAge=600
ReturnToService=2
MpiDefault=none
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$folder/slurm.conf
slurmctld -f "$SLURM_CONF"
sleep 1
slurmd -f "$SLURM_CONF" -N "$host"
for _ in $(seq 100); do
  sinfo --noheader --format=%T 2> /dev/null | grep -q idle && break
  sleep 0.2
done
sinfo --noheader --format=%T | grep -q idle
echo "SLURM_CONF=$SLURM_CONF"
echo "PIDS=$(cat "$folder/slurmctld.pid" "$folder/slurmd.pid" "$folder/munge/pid" | tr '\n' ' ')"
