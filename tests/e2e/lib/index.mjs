// index.mjs - what the tests import.
export * from "./server.mjs";
export * from "./http.mjs";
export * from "./live.mjs";
export * from "./scene.mjs";
export * from "./money.mjs";
export * from "./xlsx.mjs";
export * from "./objects.mjs";
