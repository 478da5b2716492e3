-- Shifts, receipts, invoices, exports, room codes (counter)
CREATE INDEX payment_made ON payment(company_id, project_id, created_at);
