#include "RegistryData.h"

// `#embed` (C23) costs no compile time; resources that SwiftPM turns into Swift array literals cost a minute.
// A new file needs an array here and a line in the table below.

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char torchvision[] = {
#embed "../torchvision.json"
};

static const unsigned char models[] = {
#embed "../models.json"
};

static const unsigned char known_files[] = {
#embed "../known-files.json"
};

static const unsigned char imagenet1k[] = {
#embed "../classes/imagenet1k.json"
};

static const unsigned char cifar10[] = {
#embed "../classes/cifar10.json"
};

static const ZooRegistryDocument documents[] = {
    {"torchvision.json", torchvision, sizeof torchvision},
    {"models.json", models, sizeof models},
    {"known-files.json", known_files, sizeof known_files},
    {"classes/imagenet1k.json", imagenet1k, sizeof imagenet1k},
    {"classes/cifar10.json", cifar10, sizeof cifar10},
};

size_t zoo_registry_document_count(void) {
    return sizeof documents / sizeof documents[0];
}

ZooRegistryDocument zoo_registry_document(size_t index) {
    ZooRegistryDocument none = {NULL, NULL, 0};
    return index < zoo_registry_document_count() ? documents[index] : none;
}
