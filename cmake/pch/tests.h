// What most tests include (see ConntrailModule.cmake).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sources.h"
