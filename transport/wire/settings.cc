#include "transport/wire/settings.h"

#include "absl/strings/str_cat.h"

namespace loopy {
namespace {

Http2Error ApplyOne(const Setting& setting, Settings* settings) {
  const uint32_t value = setting.value;
  switch (static_cast<SettingId>(setting.id)) {
    case SettingId::kHeaderTableSize:
      settings->header_table_size = value;
      break;
    case SettingId::kEnablePush:
      if (value > 1) {
        return Http2Error::Connection(
            Http2ErrorCode::kProtocolError,
            absl::StrCat("SETTINGS_ENABLE_PUSH of ", value));
      }
      settings->enable_push = value == 1;
      break;
    case SettingId::kMaxConcurrentStreams:
      settings->max_concurrent_streams = value;
      break;
    case SettingId::kInitialWindowSize:
      if (value > kMaxWindow) {
        return Http2Error::Connection(
            Http2ErrorCode::kFlowControlError,
            absl::StrCat("SETTINGS_INITIAL_WINDOW_SIZE of ", value));
      }
      settings->initial_window_size = value;
      break;
    case SettingId::kMaxFrameSize:
      if (value < kDefaultMaxFrameSize || value > kMaxMaxFrameSize) {
        return Http2Error::Connection(
            Http2ErrorCode::kProtocolError,
            absl::StrCat("SETTINGS_MAX_FRAME_SIZE of ", value));
      }
      settings->max_frame_size = value;
      break;
    case SettingId::kMaxHeaderListSize:
      settings->max_header_list_size = value;
      break;
    case SettingId::kAllowTrueBinaryMetadata:
      settings->allow_true_binary_metadata = value != 0;
      break;
  }
  return Http2Error::Ok();  // unknown settings are ignored
}

}  // namespace

Http2Error Settings::Apply(const SettingsFrame& frame) {
  Settings changed = *this;
  for (const Setting& setting : frame.settings) {
    Http2Error error = ApplyOne(setting, &changed);
    if (!error.ok()) return error;
  }
  *this = changed;
  return Http2Error::Ok();
}

SettingsFrame Settings::ToFrame() const {
  const Settings defaults;
  SettingsFrame frame;
  const auto add = [&frame](SettingId id, uint32_t value) {
    frame.settings.push_back({static_cast<uint16_t>(id), value});
  };
  if (header_table_size != defaults.header_table_size) {
    add(SettingId::kHeaderTableSize, header_table_size);
  }
  if (enable_push != defaults.enable_push) {
    add(SettingId::kEnablePush, enable_push ? 1 : 0);
  }
  if (max_concurrent_streams.has_value()) {
    add(SettingId::kMaxConcurrentStreams, *max_concurrent_streams);
  }
  if (initial_window_size != defaults.initial_window_size) {
    add(SettingId::kInitialWindowSize, initial_window_size);
  }
  if (max_frame_size != defaults.max_frame_size) {
    add(SettingId::kMaxFrameSize, max_frame_size);
  }
  if (max_header_list_size.has_value()) {
    add(SettingId::kMaxHeaderListSize, *max_header_list_size);
  }
  if (allow_true_binary_metadata) {
    add(SettingId::kAllowTrueBinaryMetadata, 1);
  }
  return frame;
}

}  // namespace loopy
