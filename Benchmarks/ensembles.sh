#!/bin/sh
# What putting networks together is worth on the CIFAR set: a line for each way and seed, with accuracy, loss and the
# processor's seconds. ZOO_DATA names the folder of the data, ZOO the program, OUT where files go, SEEDS the seeds. One thread
# computes unless ZOO_THREADS says otherwise: threads that wait for each other use the processor too.
set -eu
ZOO=${ZOO:-$PWD/.build/release/zoo}
OUT=${OUT:-$(mktemp -d)}
DATA=$ZOO_DATA/datasets/cifar10-jpeg
export ZOO_THREADS="${ZOO_THREADS:-1}"
export TORCH_HOME="$OUT/torch" XDG_CACHE_HOME="$OUT/cache" ZOO_MIRROR="$ZOO_DATA/weights/cifar10"
cd "$OUT"

# say LABEL COMMAND…: runs zoo and prints what came out.
say() {
    label=$1
    shift
    python3 - "$label" "$ZOO" "$@" --json <<'P'
import json, resource, subprocess, sys

done = subprocess.run(sys.argv[2:], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
if done.returncode:
    sys.exit(done.stderr)
answer = json.loads(done.stdout)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
accuracy = answer.get("bestAccuracy", answer.get("accuracy"))
others = " ".join(
    f"{name} {answer[name]:.4f}" for name in ("loss", "outOfBagAccuracy") if answer.get(name) is not None)
print(f"{sys.argv[1]:24} {accuracy:.3f}  {others}  {used.ru_utime + used.ru_stime:.1f} s", flush=True)
P
}

for seed in ${SEEDS:-1 2 3}; do
    heads=""
    for network in resnet20 resnet32 resnet56; do
        say "head $network $seed" finetune "$DATA" --model $network-cifar10 --head-only --epochs 20 --seed "$seed" \
            -o $network-"$seed".pth --overwrite
        heads="$heads $network-$seed.pth"
    done
    # shellcheck disable=SC2086 # the names of the members are words
    {
        say "vote, three heads $seed" ensemble vote $heads --data "$DATA"
        say "equal, three heads $seed" ensemble average $heads --data "$DATA" --weights equal -o mean-"$seed".pth
        say "learnt, three heads $seed" ensemble average $heads --data "$DATA"
        say "prefit, three heads $seed" ensemble stack $heads --data "$DATA" --prefit --layer-c 0.1 --seed "$seed"
    }
    say "stack $seed" ensemble stack resnet20-cifar10 resnet32-cifar10 resnet56-cifar10 --data "$DATA" --head-c 0.01 \
        --layer-c 0.1 --seed "$seed"
    say "bag of 10 heads $seed" ensemble bag "$DATA" --model resnet20-cifar10 --head-only --epochs 20 --seed "$seed"
    say "head, flip $seed" evaluate resnet20-"$seed".pth "$DATA" --tta flip
    say "head, ten views $seed" evaluate resnet20-"$seed".pth "$DATA" --tta flip,crops
    say "equal, flip $seed" evaluate mean-"$seed".pth "$DATA" --tta flip
    full="finetune $DATA --model resnet20-cifar10 --epochs 10 --overwrite"
    # shellcheck disable=SC2086
    {
        say "whole a $seed" $full --seed "$seed" -o a-"$seed".pth
        say "whole b $seed" $full --seed $((seed + 10)) --augment standard -o b-"$seed".pth
        say "whole c $seed" $full --seed $((seed + 20)) --lr 0.003 --label-smoothing 0.1 -o c-"$seed".pth
        whole="a-$seed.pth b-$seed.pth c-$seed.pth"
        say "equal, three whole $seed" ensemble average $whole --data "$DATA" --weights equal -o whole-"$seed".pth
        say "vote, three whole $seed" ensemble vote $whole --data "$DATA"
        "$ZOO" ensemble soup $whole -o soup-"$seed".pth -q >/dev/null
        say "uniform soup $seed" evaluate soup-"$seed".pth "$DATA"
        say "greedy soup $seed" ensemble soup $whole --greedy "$DATA" -o greedy-"$seed".pth
        say "whole a, flip $seed" evaluate a-"$seed".pth "$DATA" --tta flip
        say "three whole, flip $seed" evaluate whole-"$seed".pth "$DATA" --tta flip
        # The same settings with three seeds.
        say "whole, second seed $seed" $full --seed $((seed + 30)) -o d-"$seed".pth
        say "whole, third seed $seed" $full --seed $((seed + 40)) -o e-"$seed".pth
        whole="a-$seed.pth d-$seed.pth e-$seed.pth"
        say "equal, three seeds $seed" ensemble average $whole --data "$DATA" --weights equal -o seeds-"$seed".pth
        say "learnt, three seeds $seed" ensemble average $whole --data "$DATA"
        say "vote, three seeds $seed" ensemble vote $whole --data "$DATA"
        "$ZOO" ensemble soup $whole -o soup-"$seed".pth -q >/dev/null
        say "uniform soup, seeds $seed" evaluate soup-"$seed".pth "$DATA"
        say "greedy soup, seeds $seed" ensemble soup $whole --greedy "$DATA" -o greedy-"$seed".pth
    }
done
