// Every request is answered LATENCY_MS later: an emulator as far away as a storage account is.
// Loaded into Azurite's process before its own code; a timer costs no CPU while it waits.
"use strict";

const { Server } = require("node:http");

const milliseconds = Number(process.env.LATENCY_MS);
const { emit } = Server.prototype;

Server.prototype.emit = function (event, ...given) {
  if (event !== "request") {
    return emit.call(this, event, ...given);
  }
  setTimeout(() => emit.call(this, event, ...given), milliseconds);
  return true;
};
